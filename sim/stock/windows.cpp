// The client in Windows 7 to 11 ("Agile VPN"), as captures, logs of gateways and [MS-IKEE] show it.
#include "sim/stock/windows.h"

#include "sim/stock/kind.h"

namespace agilevpn::sim::stock {

std::vector<Bytes> windows_vendor_ids(std::uint8_t version) {
  Bytes oakley = "1e2b516905991c7d7c96fcbfb587e461000000"_hex;
  oakley.push_back(std::byte{version});
  return {std::move(oakley), "fb1de3cdf341b7ea16b7e5be0855f120"_hex, "26244d38eddb61b3172a36e3d0cfb819"_hex,
          "01528bbbc00696121849ab9a1c5b2a5100000002"_hex};
}

std::vector<std::string_view> windows_default_ike() {
  return {"3des-sha1-prfsha1-modp1024",   "3des-sha256-prfsha256-modp1024",   "3des-sha384-prfsha384-modp1024",
          "aes128-sha1-prfsha1-modp1024", "aes128-sha256-prfsha256-modp1024", "aes128-sha384-prfsha384-modp1024",
          "aes192-sha1-prfsha1-modp1024", "aes192-sha256-prfsha256-modp1024", "aes192-sha384-prfsha384-modp1024",
          "aes256-sha1-prfsha1-modp1024", "aes256-sha256-prfsha256-modp1024", "aes256-sha384-prfsha384-modp1024"};
}

std::vector<std::string_view> windows_default_esp() {
  return {"aes256-sha1", "aes128-sha1", "3des-sha1", "des-sha1", "null-sha1"};
}

namespace {

using Attribute = ike::wire::ConfigurationAttributeType;

std::vector<std::string_view> joined(std::vector<std::string_view> first, const std::vector<std::string_view>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const Habits windows_habits{.pauses = {1s, 1s, 2s, 4s, 8s, 16s},  // The first three tries are documented.
                            .liveness = 20s,                      // 9 to 20 s were seen.
                            .outage = 30min,
                            .nat_keepalive = 20s,
                            .child_rekey = 3526s,
                            .ike_rekey = 8h,
                            .child_rekey_octets = 200ull << 20,
                            .idle_delete = 300s,
                            .recreates_child = true,
                            .refuses_rekey_behind_nat = true,
                            .refuses_unexpected_group = true,
                            .knows_one_group = true,
                            .deletes_child_first = true,
                            .solicits_routers = true};

Kind windows_7() {
  using enum InitPart;
  return {.name = "windows-7",
          .policy = "legacy-windows",
          .init = {Sa, Ke, Nonce, NatSource, NatDestination, VendorIds},
          .vendor_ids = windows_vendor_ids(7),
          .nonce_size = 48,
          .ike = ike_proposals(windows_default_ike()),
          .auth = {AuthPart::IdI, AuthPart::Certificate, AuthPart::CertificateRequest, AuthPart::Authentication,
                   AuthPart::Mobike, AuthPart::Configuration, AuthPart::Sa, AuthPart::TsI, AuthPart::TsR},
          .id_i = OwnIdentity::Address,
          .roots = 53,
          .wishes = {Attribute::InternalIp4Address, Attribute::InternalIp4Dns, Attribute::InternalIp4Nbns,
                     Attribute::InternalIp4Server, Attribute::InternalIp6Address, Attribute::InternalIp6Dns,
                     Attribute::InternalIp6Server},
          .wishes_former_ipv6 = true,
          .esp = esp_proposals(windows_default_esp()),
          .needs_eap_identity = true,
          .screen = {"13801: IKE authentication credentials are unacceptable",
                     "691: the user name or password is not recognised"},
          .habits = windows_habits};
}

// Since 1803, untouched.
Kind windows_10() {
  using enum InitPart;
  Kind kind = windows_7();
  kind.name = "windows-10";
  kind.init = {Sa, Ke, Nonce, Fragmentation, NatSource, NatDestination, VendorIds};
  kind.vendor_ids = windows_vendor_ids(9);
  kind.fragment_above = 576;
  kind.fragment_size = 580;
  return kind;
}

Kind windows_11() {
  Kind kind = windows_10();
  kind.name = "windows-11";
  kind.ike = ike_proposals(
      joined(windows_default_ike(),
             {"aes128gcm16-prfsha1-modp1024", "aes128gcm16-prfsha256-modp1024", "aes128gcm16-prfsha384-modp1024",
              "aes256gcm16-prfsha1-modp1024", "aes256gcm16-prfsha256-modp1024", "aes256gcm16-prfsha384-modp1024"}));
  return kind;
}

Kind with_registry(int value) {
  Kind kind = windows_11();
  kind.name = "windows-11-registry-" + std::to_string(value);
  kind.policy = "compatible";
  kind.ike = ike_proposals(windows_ike(value));
  return kind;
}

// Set-VpnConnectionIPsecConfiguration leaves one suite.
Kind with_cmdlet(std::string_view ike_words, std::string_view esp_words) {
  Kind kind = windows_11();
  kind.name = "windows-11-cmdlet";
  kind.policy = "modern";
  kind.ike = ike_proposals({ike_words});
  kind.esp = esp_proposals({esp_words});
  return kind;
}

Kind cmdlet_with_pfs() {
  Kind kind = with_cmdlet("aes256gcm16-prfsha384-ecp384", "aes256gcm16");
  kind.name = "windows-11-cmdlet-pfs";
  kind.sign_in = SignIn::EapTls;
  kind.habits.pfs = crypto::KeyExchangeId::Ecp384;
  return kind;
}

// A device tunnel: signed in by the machine's own certificate.
Kind machine() {
  Kind kind = with_registry(2);
  kind.name = "windows-11-machine";
  kind.sign_in = SignIn::Certificate;
  kind.id_i = OwnIdentity::Subject;
  return kind;
}

}  // namespace

// That what 1 adds stands behind the rest, and the first KE is of the first proposal's group, is a guess.
std::vector<std::string_view> windows_ike(int registry_value) {
  const std::vector<std::string_view> strong{"aes256-sha1-prfsha1-modp2048", "aes256-sha256-prfsha256-modp2048",
                                             "aes256-sha384-prfsha384-modp2048"};
  if (registry_value == 0) return windows_default_ike();
  return registry_value == 1 ? joined(windows_default_ike(), strong) : strong;
}

std::vector<Kind> windows_kinds() {
  return {windows_7(),       windows_10(),     windows_11(),
          with_registry(1),  with_registry(2), with_cmdlet("aes128-sha384-prfsha384-ecp256", "aes128-sha256"),
          cmdlet_with_pfs(), machine()};
}

}  // namespace agilevpn::sim::stock
