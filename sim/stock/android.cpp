// The client in Android, as its source shows it, and strongSwan's app.
#include "sim/stock/kind.h"

namespace agilevpn::sim::stock {

namespace {

using Attribute = ike::wire::ConfigurationAttributeType;

Kind android_11() {
  using enum InitPart;
  return {
      .name = "android-11",
      .policy = "compatible",
      .init = {Sa, Ke, Nonce, NatSource, NatDestination, Fragmentation, SignatureHashes},
      .ike = ike_proposals(
          {"aes128-aes192-aes256-sha1-aesxcbc-sha256-sha384-sha512-prfaesxcbc-prfsha1-modp2048-modp1024",
           "aes128gcm8-aes128gcm12-aes128gcm16-aes192gcm8-aes192gcm12-aes192gcm16-aes256gcm8-aes256gcm12-aes256gcm16-"
           "prfaesxcbc-prfsha1-modp2048-modp1024"}),
      .auth = {AuthPart::IdI, AuthPart::IdR, AuthPart::Certificate, AuthPart::Authentication, AuthPart::Sa,
               AuthPart::TsI, AuthPart::TsR, AuthPart::Configuration},
      .wishes = {Attribute::InternalIp4Address, Attribute::InternalIp6Address, Attribute::InternalIp4Dns,
                 Attribute::InternalIp6Dns, Attribute::InternalIp4Netmask, Attribute::ApplicationVersion},
      .esp = esp_proposals(
          {"aes128-aes192-aes256-sha1-sha256-sha384-sha512",
           "aes128gcm8-aes128gcm12-aes128gcm16-aes192gcm8-aes192gcm12-aes192gcm16-aes256gcm8-aes256gcm12-aes256gcm16"}),
      .fragment_above = 1280 - 28,
      .fragment_size = 1280 - 28,
      .screen = {"Unsuccessful", "Unsuccessful"},
      .habits = {.pauses = {500ms, 1s, 2s, 4s, 8s},
                 .liveness = 120s,
                 .nat_keepalive = 10s,
                 .has_mobike = false,
                 .child_rekey = 1h,
                 .child_hard = 2h,
                 .ike_rekey = 2h,
                 .ike_hard = 4h}};
}

Kind android_13() {
  Kind kind = android_11();
  kind.name = "android-13";
  kind.policy = "modern";
  kind.ike =
      ike_proposals({"aes256ctr-aes256-aes192ctr-aes192-aes128ctr-aes128-sha512-sha384-sha256-aesxcbc-aescmac-"
                     "prfsha512-prfsha384-prfsha256-prfaesxcbc-prfaescmac-prfsha1-modp4096-x25519-modp3072-modp2048",
                     "chacha20poly1305-aes256gcm16-aes256gcm12-aes256gcm8-aes192gcm16-aes192gcm12-aes192gcm8-"
                     "aes128gcm16-aes128gcm12-aes128gcm8-"
                     "prfsha512-prfsha384-prfsha256-prfaesxcbc-prfaescmac-prfsha1-modp4096-x25519-modp3072-modp2048"});
  kind.esp = esp_proposals(
      {"aes256ctr-aes256-aes192ctr-aes192-aes128ctr-aes128-sha512-sha384-sha256-aesxcbc-aescmac",
       "chacha20poly1305-aes256gcm16-aes256gcm12-aes256gcm8-aes192gcm16-aes192gcm12-aes192gcm8-aes128gcm16-"
       "aes128gcm12-aes128gcm8"});
  kind.auth.insert(kind.auth.begin() + 2, AuthPart::Mobike);
  kind.habits.has_mobike = true;
  return kind;
}

// Its proposals are a guess but for ecp256, which stands first, and X25519 and AES-GCM, which it has.
Kind strongswan_app() {
  using enum InitPart;
  return {.name = "strongswan-app",
          .policy = "modern",
          .sign_in = SignIn::Certificate,
          .init = {Sa, Ke, Nonce, NatSource, NatDestination, Fragmentation, SignatureHashes, Redirect},
          .ike = ike_proposals({"aes128-aes192-aes256-sha256-sha384-sha512-prfsha256-prfsha384-prfsha512-ecp256-x25519-"
                                "ecp384-modp3072-modp2048",
                                "aes128gcm16-aes256gcm16-chacha20poly1305-prfsha256-prfsha384-prfsha512-ecp256-x25519-"
                                "ecp384-modp3072-modp2048"}),
          .fakes_nat = true,
          .auth = {AuthPart::IdI, AuthPart::Certificate, AuthPart::InitialContact, AuthPart::CertificateRequest,
                   AuthPart::Authentication, AuthPart::Configuration, AuthPart::TfcPadding, AuthPart::Sa, AuthPart::TsI,
                   AuthPart::TsR, AuthPart::Mobike, AuthPart::NoAdditionalAddresses, AuthPart::EapOnly,
                   AuthPart::MessageIdSync},
          .roots = 135,
          .wishes = {Attribute::InternalIp4Address, Attribute::InternalIp6Address, Attribute::InternalIp4Dns,
                     Attribute::InternalIp6Dns},
          .esp = esp_proposals({"aes128gcm16-aes256gcm16-chacha20poly1305", "aes128-aes256-sha256"}),
          .fragment_above = 1280 - 28,
          .fragment_size = 1280 - 28,
          .screen = {"Verifying server (gateway) authentication failed.", "User authentication failed."},
          .habits = {.pauses = {2s, 2800ms, 3900ms, 5500ms, 7700ms},
                     .nat_keepalive = 45s,
                     .child_rekey = 2h,
                     .child_hard = 150min,
                     .ike_rekey = 10h,
                     .offers_pfs = true}};
}

}  // namespace

std::vector<Kind> android_kinds() { return {android_11(), android_13(), strongswan_app()}; }

}  // namespace agilevpn::sim::stock
