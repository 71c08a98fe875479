// macOS and iOS: as they take a configuration profile.
#include <fmt/format.h>

#include <map>
#include <pugixml.hpp>

#include "sim/require.h"
#include "tests/stock_profiles/words.h"

namespace agilevpn::stock_profiles {

using sim::require;
using sim::stock::AuthPart;
using sim::stock::SignIn;

namespace {

pugi::xml_node value_of(pugi::xml_node dictionary, const char* key) {
  for (const auto& node : dictionary.children("key"))
    if (std::string_view{node.child_value()} == key) return node.next_sibling();
  return {};
}

std::string text_of(pugi::xml_node dictionary, const char* key) { return value_of(dictionary, key).child_value(); }

int number_of(pugi::xml_node dictionary, const char* key) {
  const auto node = value_of(dictionary, key);
  require(std::string_view{node.name()} == "integer", fmt::format("the profile has no number {}", key));
  return node.text().as_int();
}

// "AES-256-GCM", "AES-128" and "ChaCha20Poly1305" in our words.
std::string cipher_words(pugi::xml_node parameters) {
  const std::string cipher = text_of(parameters, "EncryptionAlgorithm");
  if (cipher == "ChaCha20Poly1305") return "chacha20poly1305";
  require(cipher.starts_with("AES-"), "Apple knows no cipher " + cipher);
  const std::string bits = cipher.substr(4, 3);
  if (cipher.ends_with("-GCM")) return "aes" + bits + "gcm16";
  return "aes" + bits + "-" + (text_of(parameters, "IntegrityAlgorithm") == "SHA2-384" ? "sha384" : "sha256");
}

std::string prf_word(pugi::xml_node parameters) {
  return text_of(parameters, "IntegrityAlgorithm") == "SHA2-384" ? "prfsha384" : "prfsha256";
}

// It begins at half of what it is told.
Duration rekey_of(pugi::xml_node parameters) {
  const int minutes = number_of(parameters, "LifeTimeInMinutes");
  require(minutes >= 10 && minutes <= 1440, "Apple knows no lifetime of so many minutes");
  return std::chrono::minutes{minutes} / 2;
}

void use_parameters(sim::stock::Kind& kind, pugi::xml_node vpn) {
  const auto ike = value_of(vpn, "IKESecurityAssociationParameters");
  const auto child = value_of(vpn, "ChildSecurityAssociationParameters");
  const auto group = group_numbered(number_of(ike, "DiffieHellmanGroup"));
  use_one_suite(kind, cipher_words(ike) + "-" + prf_word(ike) + "-" + word_of(group), cipher_words(child));
  kind.habits.ike_rekey = rekey_of(ike);
  kind.habits.child_rekey = rekey_of(child);
  kind.habits.offers_pfs = false;
  if (number_of(vpn, "EnablePFS") == 1) kind.habits.pfs = group_numbered(number_of(child, "DiffieHellmanGroup"));
  if (number_of(vpn, "DisableMOBIKE") == 1) stay(kind);
  static const std::map<std::string, Duration> rates{{"None", 0s}, {"Low", 30min}, {"Medium", 10min}, {"High", 1min}};
  kind.habits.liveness = rates.at(text_of(vpn, "DeadPeerDetectionRate"));
}

std::string type_of(const crypto::PrivateKey& key) {
  switch (key.type()) {
    case crypto::KeyType::EcdsaP256: return "ECDSA256";
    case crypto::KeyType::EcdsaP384: return "ECDSA384";
    case crypto::KeyType::EcdsaP521: return "ECDSA521";
    default: return "RSA";
  }
}

void use_login(SetUp& made, pugi::xml_node vpn, const Typed& typed) {
  const bool is_eap = number_of(vpn, "ExtendedAuthEnabled") == 1;
  require(text_of(vpn, "AuthenticationMethod") == (is_eap ? "None" : "Certificate"), "the profile has no login");
  const bool has_certificate = !value_of(vpn, "PayloadCertificateUUID").empty();
  require(has_certificate || is_eap, "the profile names no certificate");
  made.kind.sign_in = !is_eap ? SignIn::Certificate : has_certificate ? SignIn::EapTls : SignIn::MsChapV2;
  made.owner.typed_identity = text_of(vpn, "LocalIdentifier");
  require(!made.owner.typed_identity.empty(), "IDi would be the phone's address");
  made.owner.user = has_certificate ? made.owner.typed_identity : text_of(vpn, "AuthName");
  made.owner.password = typed.password;
  if (!has_certificate) return;
  require(made.owner.credentials.key.has_value(), "the certificate that the profile names is not there");
  // Without the issuer's name the type is RSA, and nobody is asked for a certificate.
  const bool names_issuer = !value_of(vpn, "ServerCertificateIssuerCommonName").empty();
  require((names_issuer ? text_of(vpn, "CertificateType") : "RSA") == type_of(*made.owner.credentials.key),
          "its key is of another type");
  if (!names_issuer) return;
  insert_after(made.kind.auth, AuthPart::Certificate, AuthPart::CertificateRequest);
  made.kind.roots = 1;
}

SetUp read_mobileconfig(const profiles::Files& files, const Typed& typed, const char* kind) {
  const std::string& text = file_ending(files, ".mobileconfig").content;
  pugi::xml_document document;
  require(static_cast<bool>(document.load_string(text.c_str())), "the profile is no property list");
  SetUp made{.kind = *sim::stock::find_kind(kind), .owner = {}, .dialled = {}};
  made.kind.name = std::string{kind} + " by file";
  std::map<std::string, pugi::xml_node> by_uuid;
  pugi::xml_node vpn;
  for (const auto& payload : value_of(document.child("plist").child("dict"), "PayloadContent").children()) {
    const std::string type = text_of(payload, "PayloadType");
    by_uuid[text_of(payload, "PayloadUUID")] = payload;
    if (type == "com.apple.security.root")
      made.owner.credentials.anchors.push_back(certificate_of(from_base64(text_of(payload, "PayloadContent"))));
    if (type == "com.apple.vpn.managed") vpn = value_of(payload, "IKEv2");
  }
  const auto own = by_uuid.find(text_of(vpn, "PayloadCertificateUUID"));
  if (own != by_uuid.end())
    import(made.owner.credentials, from_base64(text_of(own->second, "PayloadContent")), typed.certificate_password);
  made.dialled = text_of(vpn, "RemoteAddress");
  made.owner.gateway_name = text_of(vpn, "RemoteIdentifier");
  use_parameters(made.kind, vpn);
  use_login(made, vpn, typed);
  return made;
}

}  // namespace

SetUp read_iphone(const profiles::Files& files, const Typed& typed) {
  return read_mobileconfig(files, typed, "ios-profile");
}
SetUp read_mac(const profiles::Files& files, const Typed& typed) {
  return read_mobileconfig(files, typed, "macos-profile");
}

}  // namespace agilevpn::stock_profiles
