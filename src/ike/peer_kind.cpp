#include "ike/peer_kind.h"

#include <algorithm>
#include <optional>

#include "crypto/hash.h"
#include "ike/event.h"
#include "ike/proposals.h"

namespace agilevpn::ike {

namespace {

using crypto::KeyExchangeId;
using wire::NotifyType;

bool has(const std::vector<NotifyType>& notifies, NotifyType type) {
  return std::ranges::find(notifies, type) != notifies.end();
}

bool asks_for(const AuthRequested& auth, wire::ConfigurationAttributeType type) {
  return std::ranges::find(auth.attributes, type) != auth.attributes.end();
}

bool has_vendor(const std::vector<Bytes>& vendor_ids, const Bytes& wanted) {
  return std::ranges::find(vendor_ids, wanted) != vendor_ids.end();
}

// "MS NT5 ISAKMPOAKLEY" is followed by 4 octets of version: 7 is Windows 7, 8 Server 2008 R2, 9 Windows 8 and
// everything later ([MS-IKEE] note 6).
std::optional<std::byte> windows_version(const std::vector<Bytes>& vendor_ids) {
  const Bytes microsoft = "1e2b516905991c7d7c96fcbfb587e461"_hex;
  for (const Bytes& id : vendor_ids)
    if (id.size() == microsoft.size() + 4 && std::ranges::equal(ByteView{id}.first(microsoft.size()), microsoft))
      return id.back();
  return std::nullopt;
}

// What says strongSwan where it is told to say so.
bool has_strongswan_vendor(const std::vector<Bytes>& vendor_ids) {
  return has_vendor(vendor_ids, "882fe56d6fd20dbc2251613b2ebe5beb"_hex);
}

bool is_alone(const std::vector<Bytes>& vendor_ids) { return vendor_ids.size() == 1; }

// Windows signs by the older methods only, is not redirected and names nobody whom it wants to reach.
PeerGuess recognize_windows(const InitOffer& offer, std::byte version, const AuthRequested* auth) {
  const bool is_another = has(offer.notifies, NotifyType::SignatureHashAlgorithms) ||
                          has(offer.notifies, NotifyType::RedirectSupported) ||
                          has_strongswan_vendor(offer.vendor_ids) || (auth && auth->requested_local);
  if (is_another) return {};
  if (version <= std::byte{8}) return {PeerKind::Windows7, true};
  return {has(offer.notifies, NotifyType::Ikev2FragmentationSupported) ? PeerKind::Windows : PeerKind::Windows8, true};
}

bool offers(const InitOffer& offer, wire::TransformType type, std::uint16_t id) {
  return std::ranges::any_of(offer.proposals, [&](const wire::Proposal& proposal) {
    return std::ranges::any_of(proposal.transforms,
                               [&](const wire::Transform& t) { return t.type == type && t.id == id; });
  });
}

bool offers(const InitOffer& offer, crypto::PrfId prf) {
  return offers(offer, wire::TransformType::Prf, static_cast<std::uint16_t>(prf));
}

// REDIRECT_SUPPORTED comes first, before NAT detection; the list of whoever set it up by hand ends in 3DES.
PeerGuess recognize_apple(const InitOffer& offer, const AuthRequested* auth) {
  const bool is_by_hand =
      offers(offer, wire::TransformType::Encryption, static_cast<std::uint16_t>(crypto::EncryptionId::TripleDes));
  const bool is_sure = auth && auth->requested_local && has(auth->notifies, NotifyType::NonFirstFragmentsAlso);
  return {is_by_hand ? PeerKind::Ios : PeerKind::Apple, is_sure};
}

PeerGuess recognize_strongswan(const InitOffer& offer, const AuthRequested* auth) {
  const bool is_new = has(offer.notifies, NotifyType::IntermediateExchangeSupported);
  return {is_new ? PeerKind::StrongSwan6 : PeerKind::StrongSwan,
          has_strongswan_vendor(offer.vendor_ids) ||
              (auth && has(auth->notifies, NotifyType::Ikev2MessageIdSyncSupported))};
}

// Its first release knows two PRFs; later ones offer MODP-4096 before all else.
PeerGuess recognize_android(const InitOffer& offer, const AuthRequested* auth) {
  const bool asks_version = auth && asks_for(*auth, wire::ConfigurationAttributeType::ApplicationVersion);
  const auto methods = key_exchange_methods(offer.proposals);
  const bool is_large_first = !methods.empty() && methods.front() == KeyExchangeId::Modp4096;
  const bool is_first_release = offers(offer, crypto::PrfId::Aes128Xcbc) && !offers(offer, crypto::PrfId::HmacSha2_256);
  if (!asks_version && !is_large_first && !is_first_release) return {};
  return {is_first_release ? PeerKind::Android11 : PeerKind::Android, asks_version};
}

}  // namespace

Bytes own_vendor_id() {
  constexpr std::string_view name = "AgileVPN";
  Bytes id = crypto::hash(crypto::HashId::Sha2_256, {as_bytes(name)});
  id.resize(16);
  return id;
}

PeerGuess recognize(const InitOffer& offer, const AuthRequested* auth) {
  if (has_vendor(offer.vendor_ids, own_vendor_id()))
    return is_alone(offer.vendor_ids) ? PeerGuess{PeerKind::AgileVpn, true} : PeerGuess{};
  if (const auto version = windows_version(offer.vendor_ids)) return recognize_windows(offer, *version, auth);
  if (offer.notifies.empty()) return {};
  const bool signs = has(offer.notifies, NotifyType::SignatureHashAlgorithms);
  if (has(offer.notifies, NotifyType::RedirectSupported))
    return signs ? recognize_strongswan(offer, auth) : recognize_apple(offer, auth);
  if (!signs) return {};
  return recognize_android(offer, auth);
}

PeerGuess recognize_responder(const std::vector<Bytes>& vendor_ids) {
  if (has_vendor(vendor_ids, own_vendor_id()))
    return is_alone(vendor_ids) ? PeerGuess{PeerKind::AgileVpn, true} : PeerGuess{};
  if (windows_version(vendor_ids) && !has_strongswan_vendor(vendor_ids)) return {PeerKind::WindowsServer, true};
  return has_strongswan_vendor(vendor_ids) && !windows_version(vendor_ids) ? PeerGuess{PeerKind::StrongSwan, true}
                                                                           : PeerGuess{};
}

std::string_view to_string(PeerKind kind) {
  switch (kind) {
    case PeerKind::Unknown: return "";
    case PeerKind::Windows7: return "Windows 7";
    case PeerKind::Windows8: return "Windows 8 or an early Windows 10";
    case PeerKind::Windows: return "Windows 10 or 11";
    case PeerKind::WindowsServer: return "Windows Server";
    case PeerKind::Ios: return "iOS";
    case PeerKind::Apple: return "iOS or macOS";
    case PeerKind::Android11: return "Android 11 or 12";
    case PeerKind::Android: return "Android 13 or later";
    case PeerKind::StrongSwan: return "strongSwan";
    case PeerKind::StrongSwan6: return "strongSwan 6";
    case PeerKind::AgileVpn: return "AgileVPN";
  }
  return "";
}

std::string to_string(const PeerGuess& guess) {
  if (guess.kind == PeerKind::Unknown) return "";
  return (guess.is_sure ? "" : "probably ") + std::string{to_string(guess.kind)};
}

}  // namespace agilevpn::ike
