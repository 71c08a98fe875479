#include "ike/peer_kind.h"

#include <gtest/gtest.h>

#include "ike/event.h"
#include "ike/typed_proposal.h"

namespace agilevpn::ike {
namespace {

using wire::ConfigurationAttributeType;
using wire::NotifyType;

Bytes windows_vendor(std::string_view version) {
  return *from_hex("1e2b516905991c7d7c96fcbfb587e461000000" + std::string{version});
}
InitOffer windows_offer(std::string_view version) {
  return {.proposals = {},
          .notifies = {NotifyType::Ikev2FragmentationSupported, NotifyType::NatDetectionSourceIp},
          .vendor_ids = {windows_vendor(version)}};
}
InitOffer offer_of(std::vector<NotifyType> notifies, std::string_view proposal = "aes256-sha256-modp2048") {
  return {.proposals = {parse_ike_proposal(proposal).value()}, .notifies = std::move(notifies), .vendor_ids = {}};
}
AuthRequested auth_with(std::vector<NotifyType> notifies, std::vector<ConfigurationAttributeType> attributes = {}) {
  AuthRequested auth{};
  auth.notifies = std::move(notifies);
  auth.attributes = std::move(attributes);
  return auth;
}
PeerGuess sure(PeerKind kind) { return {kind, true}; }
PeerGuess probably(PeerKind kind) { return {kind, false}; }

TEST(PeerKind, WindowsSaysItsVersionByAVendorId) {
  EXPECT_EQ(recognize(windows_offer("07"), nullptr), sure(PeerKind::Windows7));
  EXPECT_EQ(recognize(windows_offer("08"), nullptr), sure(PeerKind::Windows7));
  EXPECT_EQ(recognize(windows_offer("09"), nullptr), sure(PeerKind::Windows));
  InitOffer old = windows_offer("09");
  old.notifies.erase(old.notifies.begin());
  EXPECT_EQ(recognize(old, nullptr), sure(PeerKind::Windows8)) << "it does not know fragments";
}

TEST(PeerKind, WhoSaysWindowsAndDoesOtherwiseIsUnknown) {
  for (const NotifyType other : {NotifyType::SignatureHashAlgorithms, NotifyType::RedirectSupported}) {
    InitOffer offer = windows_offer("09");
    offer.notifies.push_back(other);
    EXPECT_EQ(recognize(offer, nullptr), PeerGuess{}) << to_string(other);
  }
  InitOffer both = windows_offer("09");
  both.vendor_ids.push_back("882fe56d6fd20dbc2251613b2ebe5beb"_hex);
  EXPECT_EQ(recognize(both, nullptr), PeerGuess{}) << "vendor IDs of two makers";
  AuthRequested auth = auth_with({});
  auth.requested_local = wire::Identity::parse("vpn.example.org");
  EXPECT_EQ(recognize(windows_offer("09"), &auth), PeerGuess{}) << "Windows never sends IDr";
  InitOffer cut = windows_offer("09");
  cut.vendor_ids.front().pop_back();
  EXPECT_EQ(recognize(cut, nullptr), PeerGuess{});
}

TEST(PeerKind, AppleIsToldByWhatItLeavesOutAndByItsIkeAuth) {
  const std::vector<NotifyType> init = {NotifyType::RedirectSupported, NotifyType::NatDetectionSourceIp};
  EXPECT_EQ(recognize(offer_of(init), nullptr), probably(PeerKind::Apple));
  AuthRequested auth =
      auth_with({NotifyType::InitialContact, NotifyType::EspTfcPaddingNotSupported, NotifyType::NonFirstFragmentsAlso});
  auth.requested_local = wire::Identity::parse("vpn.example.org");
  EXPECT_EQ(recognize(offer_of(init), &auth), sure(PeerKind::Apple));
  EXPECT_EQ(recognize(offer_of(init, "3des-sha1-modp1024"), &auth), sure(PeerKind::Ios)) << "set up by hand";
}

TEST(PeerKind, AndroidIsToldByItsOfferAndByTheVersionThatItAsksFor) {
  const std::vector<NotifyType> init = {NotifyType::NatDetectionSourceIp, NotifyType::SignatureHashAlgorithms};
  const AuthRequested auth = auth_with({}, {ConfigurationAttributeType::ApplicationVersion});
  EXPECT_EQ(recognize(offer_of(init, "aes256-sha256-modp4096"), nullptr), probably(PeerKind::Android));
  EXPECT_EQ(recognize(offer_of(init, "aes256-sha256-modp4096"), &auth), sure(PeerKind::Android));
  EXPECT_EQ(recognize(offer_of(init, "aes256-sha256-prfaesxcbc-modp2048"), &auth), sure(PeerKind::Android11));
  EXPECT_EQ(recognize(offer_of(init), nullptr), PeerGuess{});
}

TEST(PeerKind, StrongSwanAndOursAreToldApart) {
  std::vector<NotifyType> init = {NotifyType::SignatureHashAlgorithms, NotifyType::RedirectSupported};
  const AuthRequested auth = auth_with({NotifyType::Ikev2MessageIdSyncSupported});
  EXPECT_EQ(recognize(offer_of(init), nullptr), probably(PeerKind::StrongSwan));
  EXPECT_EQ(recognize(offer_of(init), &auth), sure(PeerKind::StrongSwan));
  init.push_back(NotifyType::IntermediateExchangeSupported);
  EXPECT_EQ(recognize(offer_of(init), &auth), sure(PeerKind::StrongSwan6));
  InitOffer ours = offer_of({NotifyType::SignatureHashAlgorithms});
  ours.vendor_ids = {own_vendor_id()};
  EXPECT_EQ(recognize(ours, nullptr), sure(PeerKind::AgileVpn));
  EXPECT_EQ(recognize_responder({own_vendor_id()}), sure(PeerKind::AgileVpn));
  ours.vendor_ids.push_back(windows_vendor("09"));
  EXPECT_EQ(recognize(ours, nullptr), PeerGuess{}) << "vendor IDs of two makers";
}

TEST(PeerKind, AGatewayOfWindowsIsToldByItsVendorId) {
  EXPECT_EQ(recognize_responder({windows_vendor("09")}), sure(PeerKind::WindowsServer));
  EXPECT_EQ(recognize_responder({windows_vendor("09"), "882fe56d6fd20dbc2251613b2ebe5beb"_hex}), PeerGuess{});
  EXPECT_EQ(recognize_responder({}), PeerGuess{});
}

TEST(PeerKind, IsSaidWithHowSureItIs) {
  EXPECT_EQ(to_string(sure(PeerKind::Windows)), "Windows 10 or 11");
  EXPECT_EQ(to_string(probably(PeerKind::Apple)), "probably iOS or macOS");
  EXPECT_EQ(to_string(PeerGuess{}), "");
}

}  // namespace
}  // namespace agilevpn::ike
