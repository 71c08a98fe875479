// The client in iOS and macOS, set up by hand or by a profile, as logs of gateways and Apple's device management schema
// show it.
#include "sim/stock/kind.h"

namespace agilevpn::sim::stock {

namespace {

using Attribute = ike::wire::ConfigurationAttributeType;

// Set up by hand, iOS 16.5.
Kind ios_by_hand() {
  using enum InitPart;
  return {.name = "ios",
          .policy = "compatible",
          .init = {Sa, Ke, Nonce, Redirect, NatSource, NatDestination, Fragmentation},
          .nonce_size = 16,  // 604 octets in all with MODP-2048 leave it this size.
          .ike = ike_proposals({"aes256-sha256-prfsha256-modp2048", "aes256-sha256-prfsha256-ecp256",
                                "aes256-sha256-prfsha256-modp1536", "aes128-sha1-prfsha1-modp1024",
                                "3des-sha1-prfsha1-modp1024"}),
          .auth = {AuthPart::IdI, AuthPart::Certificate, AuthPart::InitialContact, AuthPart::IdR,
                   AuthPart::Authentication, AuthPart::Configuration, AuthPart::TfcPadding, AuthPart::NonFirstFragments,
                   AuthPart::Sa, AuthPart::TsI, AuthPart::TsR, AuthPart::Mobike},
          .wishes = {Attribute::InternalIp4Address, Attribute::InternalIp4Netmask, Attribute::InternalIp4Dhcp,
                     Attribute::InternalIp4Dns, Attribute::InternalIp6Address, Attribute::InternalIp6Dhcp,
                     Attribute::InternalIp6Dns, Attribute::InternalDnsDomain},
          .esp = esp_proposals({"aes256-sha256", "aes256-sha256", "aes256-sha256", "aes128-sha1", "3des-sha1"}),
          .takes_ecdsa = false,
          .fragment_above = 1280 - 28,  // A guess.
          .fragment_size = 1280 - 28,
          .screen = {"Could not validate the server certificate.", "User Authentication failed."},
          .habits = {.liveness = 10min,
                     .child_rekey = 1800s,  // A guess, for want of a log: as macOS.
                     .ike_rekey = 480s,
                     .offers_pfs = true}};
}

Kind macos_by_hand() {
  Kind kind = ios_by_hand();
  kind.name = "macos";
  kind.ike = ike_proposals({"aes256-sha256-prfsha256-modp2048"});
  kind.esp = esp_proposals({"aes256-sha256"});
  kind.takes_ecdsa = true;
  kind.habits.offers_pfs = false;
  kind.habits.child_rekey = 1440s;
  return kind;
}

// A profile leaves exactly one proposal of each; LifeTimeInMinutes is 1440 unless it says otherwise.
Kind by_profile(Kind kind, std::string_view ike_words, std::string_view esp_words) {
  kind.name += "-profile";
  kind.policy = "modern";
  kind.ike = ike_proposals({ike_words});
  kind.esp = esp_proposals({esp_words});
  kind.takes_ecdsa = true;
  kind.habits.ike_rekey = 1440min;
  kind.habits.child_rekey = 720min;
  kind.habits.offers_pfs = true;
  return kind;
}

Kind ios_by_profile() {
  Kind kind = by_profile(ios_by_hand(), "aes256gcm16-prfsha256-ecp256", "aes256gcm16");
  kind.sign_in = SignIn::EapTls;
  return kind;
}

// iOS 26 whose profile has ML-KEM-768 among PostQuantumKeyExchangeMethods, and allows to do without. That the latter is
// a second proposal, where the notify stands, and that rekeys have the same key exchanges, are guesses. A gateway
// without ML-KEM takes the second one, and then this machine needs none either.
Kind ios_26_by_profile() {
  using enum InitPart;
  Kind kind = by_profile(ios_by_hand(), "aes256gcm16-prfsha256-x25519", "aes256gcm16");
  kind.name = "ios-26-profile";
  kind.init = {Sa, Ke, Nonce, Redirect, NatSource, NatDestination, Fragmentation, Intermediate};
  ike::Proposals both{kind.ike.front(), kind.ike.front()};
  both.front().transforms.push_back(
      ike::wire::Transform::of(crypto::KeyExchangeId::MlKem768, ike::wire::TransformType::AdditionalKeyExchange1));
  kind.ike = ike::offer(std::move(both), {});
  return kind;
}

}  // namespace

std::vector<Kind> apple_kinds() {
  return {ios_by_hand(), ios_by_profile(), ios_26_by_profile(), macos_by_hand(),
          by_profile(macos_by_hand(), "aes256-sha256-prfsha256-modp2048", "aes256-sha256")};
}

}  // namespace agilevpn::sim::stock
