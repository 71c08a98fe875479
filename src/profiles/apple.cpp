#include "profiles/apple.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/cms.h"
#include "profiles/page.h"
#include "profiles/property_list.h"
#include "profiles/suite.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

using crypto::EncryptionId;

std::string apple_cipher(const crypto::CipherSuite& suite) {
  if (suite.encryption == EncryptionId::ChaCha20Poly1305) return "ChaCha20Poly1305";
  return fmt::format("AES-{}{}", suite.key_bits, suite.encryption == EncryptionId::AesGcm16 ? "-GCM" : "");
}

std::string apple_integrity(crypto::PrfId prf) { return prf == crypto::PrfId::HmacSha2_384 ? "SHA2-384" : "SHA2-256"; }

// Longer than the gateway's, so that the gateway renews first: the device begins at half of its own. In minutes, from 10 to a day.
int apple_lifetime(Duration gateway_rekey) {
  constexpr std::int64_t least = 10, most = 1440;
  if (gateway_rekey == Duration{}) return most;
  return static_cast<int>(std::clamp<std::int64_t>(
      std::chrono::duration_cast<std::chrono::minutes>(gateway_rekey * 3).count(), least, most));
}

void put_security_association(pugi::xml_node vpn, const char* key, const crypto::CipherSuite& cipher,
                              const Suite& suite, Duration rekey) {
  pugi::xml_node parameters = put_dictionary(vpn, key);
  put(parameters, "EncryptionAlgorithm", apple_cipher(cipher));
  put(parameters, "IntegrityAlgorithm", apple_integrity(suite.prf));
  put(parameters, "DiffieHellmanGroup", static_cast<int>(suite.method));
  put(parameters, "LifeTimeInMinutes", apple_lifetime(rekey));
}

std::string apple_certificate_type(const crypto::PublicKey& key) {
  switch (key.type()) {
    case crypto::KeyType::EcdsaP256: return "ECDSA256";
    case crypto::KeyType::EcdsaP384: return "ECDSA384";
    case crypto::KeyType::EcdsaP521: return "ECDSA521";
    default: return "RSA";
  }
}

// One payload of the profile: its kind, its name, and a UUID that stays.
pugi::xml_node add_payload(pugi::xml_node contents, const Request& request, const char* type, const std::string& part) {
  pugi::xml_node payload = contents.append_child("dict");
  put(payload, "PayloadType", type);
  put(payload, "PayloadVersion", 1);
  put(payload, "PayloadIdentifier", fmt::format("net.agilevpn.{}.{}", request.gateway, part));
  put(payload, "PayloadUUID", uuid({"apple", request.gateway, request.login.user, part}));
  return payload;
}

void add_authorities(pugi::xml_node contents, const Request& request) {
  int number = 0;
  for (const auto& authority : request.authorities) {
    const char* type = is_root(authority) ? "com.apple.security.root" : "com.apple.security.pkcs1";
    pugi::xml_node payload = add_payload(contents, request, type, fmt::format("ca{}", ++number));
    put(payload, "PayloadDisplayName", authority.subject());
    put(payload, "PayloadContent", ByteView{authority.der()});
  }
}

Result<void, Error> add_user_certificate(pugi::xml_node contents, const Request& request) {
  TRY_ASSIGN(const Secret octets, pkcs12(request));
  pugi::xml_node payload = add_payload(contents, request, "com.apple.security.pkcs12", "certificate");
  put(payload, "PayloadDisplayName", request.login.user);
  put(payload, "PayloadContent", octets.view());
  if (request.login.writes_passwords)
    put(payload, "Password", agilevpn::to_text(request.login.certificate->password.view()));
  return {};
}

void put_login(pugi::xml_node vpn, const Request& request) {
  const bool is_eap = request.login.kind != LoginKind::Certificate;
  put(vpn, "AuthenticationMethod", is_eap ? "None" : "Certificate");
  put(vpn, "ExtendedAuthEnabled", is_eap ? 1 : 0);
  if (request.login.kind == LoginKind::Password) {
    put(vpn, "AuthName", request.login.user);
    if (request.writes_password()) put(vpn, "AuthPassword", agilevpn::to_text(request.login.password.view()));
    return;
  }
  put(vpn, "PayloadCertificateUUID", uuid({"apple", request.gateway, request.login.user, "certificate"}));
  if (request.issuer.empty()) return;  // The key's kind may be told only together with the issuer.
  put(vpn, "CertificateType", apple_certificate_type(request.login.certificate->certificate.public_key()));
  put(vpn, "ServerCertificateIssuerCommonName", request.issuer);
  if (request.login.kind == LoginKind::EapTls) put(vpn, "TLSMinimumVersion", "1.2");
}

// Where a portal wants to be seen first, the probe fails and nothing is connected yet.
void put_on_demand(pugi::xml_node vpn, const Request& request) {
  put(vpn, "OnDemandEnabled", request.is_on_demand ? 1 : 0);
  pugi::xml_node rules = put_array(vpn, "OnDemandRules");
  pugi::xml_node wifi = rules.append_child("dict");
  put(wifi, "InterfaceTypeMatch", "WiFi");
  put(wifi, "URLStringProbe", "http://captive.apple.com/hotspot-detect.html");
  put(wifi, "Action", "Connect");
  pugi::xml_node cellular = rules.append_child("dict");
  put(cellular, "InterfaceTypeMatch", "Cellular");
  put(cellular, "Action", "Connect");
  put(rules.append_child("dict"), "Action", "Ignore");
}

// The DNS servers of a split tunnel count only for domains that are told.
void put_dns(pugi::xml_node payload, const Request& request) {
  if (request.dns.empty() || request.domains.empty()) return;
  pugi::xml_node dns = put_dictionary(payload, "DNS");
  pugi::xml_node servers = put_array(dns, "ServerAddresses");
  for (const IpAddress& server : request.dns) servers.append_child("string").text() = server.to_string().c_str();
  pugi::xml_node domains = put_array(dns, request.is_full() ? "SearchDomains" : "SupplementalMatchDomains");
  for (const std::string& domain : request.domains) domains.append_child("string").text() = domain.c_str();
}

void add_vpn(pugi::xml_node contents, const Request& request, const Suite& suite) {
  pugi::xml_node payload = add_payload(contents, request, "com.apple.vpn.managed", "vpn");
  put(payload, "PayloadDisplayName", "VPN to " + request.gateway);
  put(payload, "UserDefinedName", request.gateway);
  put(payload, "VPNType", "IKEv2");
  put_dns(payload, request);
  pugi::xml_node vpn = put_dictionary(payload, "IKEv2");
  put(vpn, "RemoteAddress", request.gateway);
  put(vpn, "RemoteIdentifier", request.identity);
  put(vpn, "LocalIdentifier", local_identity(request));
  put_login(vpn, request);
  put_security_association(vpn, "IKESecurityAssociationParameters", suite.ike, suite, request.ike_rekey);
  put_security_association(vpn, "ChildSecurityAssociationParameters", suite.esp, suite, request.child_rekey);
  put(vpn, "EnablePFS", request.pfs ? 1 : 0);
  put(vpn, "DisableMOBIKE", request.mobility ? 0 : 1);
  put(vpn, "DisableRedirect", 0);
  put(vpn, "DeadPeerDetectionRate", "Medium");
  put(vpn, "EnableCertificateRevocationCheck", 0);
  put(vpn, "UseConfigurationAttributeInternalIPSubnet", 0);
  put_on_demand(vpn, request);
}

Result<std::string, Error> mobileconfig(const Request& request, const Suite& suite) {
  PropertyList list;
  pugi::xml_node root = list.root();
  put(root, "PayloadType", "Configuration");
  put(root, "PayloadVersion", 1);
  put(root, "PayloadDisplayName", "VPN to " + request.gateway);
  put(root, "PayloadDescription", fmt::format("Connects {} to {}.", request.login.user, request.gateway));
  put(root, "PayloadIdentifier", "net.agilevpn." + request.gateway);
  put(root, "PayloadUUID", uuid({"apple", request.gateway, request.login.user}));
  pugi::xml_node contents = put_array(root, "PayloadContent");
  add_authorities(contents, request);
  if (request.uses_certificate()) TRY(add_user_certificate(contents, request));
  add_vpn(contents, request, suite);
  return list.text();
}

File page_of_apple(const Request& request, const std::string& profile_name, bool is_signed) {
  Page page{.title = "VPN to " + request.gateway + " with a Mac, iPhone or iPad",
            .steps = {},
            .values = {},
            .notes = {},
            .picture = {}};
  page.steps = {
      "Open `" + profile_name + "` on the device: by AirDrop, from a mail, or from Files.",
      "iPhone and iPad: Settings, “Profile Downloaded”, “Install”. Mac: System Settings, “General”, “Device "
      "Management”, "
      "double-click the profile, “Install”.",
      "Settings, “VPN” (iPhone: “General”, “VPN & Device Management”), `" + request.gateway + "`, switch it on."};
  page.values = {{"Server", request.gateway},
                 {"Remote ID", request.identity},
                 {"Local ID", local_identity(request)},
                 {"Through the tunnel", routes_text(request)}};
  page.notes = {password_note(request)};
  if (!is_signed)
    page.notes.push_back(
        "The device says “Not Signed”: nobody has put a signature on the profile. Take it only from whom you know.");
  return {request.file_stem() + "-apple.html", to_html(page), "what to tap on Apple's devices"};
}

}  // namespace

Result<Files, Error> write_apple(const Request& request, const ProfileSigner* signer) {
  TRY_ASSIGN(const Suite suite, choose_suite(request.policy, Platform::Apple));
  TRY_ASSIGN(std::string content, mobileconfig(request, suite));
  if (signer) {
    const std::vector<crypto::Certificate> others(signer->chain.begin() + 1, signer->chain.end());
    TRY_ASSIGN(const Bytes message, crypto::sign_cms(as_bytes(content), signer->chain.front(), others, signer->key));
    content = agilevpn::to_text(message);
  }
  const std::string name = request.file_stem() + "-apple.mobileconfig";
  const bool is_secret = request.uses_certificate() || request.writes_password();
  Files files;
  files.push_back({name, std::move(content), "macOS, iOS, iPadOS: open it", is_secret});
  files.push_back(page_of_apple(request, name, signer != nullptr));
  return files;
}

}  // namespace agilevpn::profiles
