// Windows: as PowerShell, the VPNv2 configuration service provider and, for Windows 7, the phone book take it.
#include <algorithm>
#include <array>
#include <map>
#include <pugixml.hpp>

#include "crypto/hash.h"
#include "profiles/text.h"
#include "sim/require.h"
#include "sim/stock/windows.h"
#include "tests/stock_profiles/words.h"

namespace agilevpn::stock_profiles {

using sim::require;
using sim::stock::OwnIdentity;
using sim::stock::SignIn;

namespace {

// What stands between the next quotes after `key`, where '' is a quote.
std::string quoted_after(std::string_view text, std::string_view key, std::size_t from = 0) {
  const std::size_t at = text.find(key, from);
  require(at != std::string_view::npos, "the script does not say " + std::string{key});
  std::string value;
  for (std::size_t i = text.find('\'', at + key.size()) + 1; i < text.size(); ++i) {
    if (text[i] == '\'' && text[++i] != '\'') break;
    value += text[i];
  }
  return value;
}

// The six words of Set-VpnConnectionIPsecConfiguration, which are those of ProfileXML too.
struct Suite {
  std::string authentication, cipher, encryption, integrity, dh_group, pfs_group;
  friend bool operator==(const Suite&, const Suite&) = default;
};

Suite suite_of_script(std::string_view script) {
  const auto word = [&](const std::string& key) { return quoted_after(script, "  " + key + " ="); };
  return {word("AuthenticationTransformConstants"),
          word("CipherTransformConstants"),
          word("EncryptionMethod"),
          word("IntegrityCheckMethod"),
          word("DHGroup"),
          word("PfsGroup")};
}

Suite suite_of_xml(const pugi::xml_node& node) {
  return {node.child_value("AuthenticationTransformConstants"),
          node.child_value("CipherTransformConstants"),
          node.child_value("EncryptionMethod"),
          node.child_value("IntegrityCheckMethod"),
          node.child_value("DHGroup"),
          node.child_value("PfsGroup")};
}

// "AES256" and "SHA256128" to "aes256-sha256"; "GCMAES128" to "aes128gcm16".
std::string cipher_words(const std::string& cipher, const std::string& hash) {
  if (cipher.starts_with("GCMAES")) return "aes" + cipher.substr(6) + "gcm16";
  require(cipher.starts_with("AES"), "Windows knows no cipher " + cipher);
  return "aes" + cipher.substr(3) + "-" + hash;
}

crypto::KeyExchangeId group_of(const std::string& word) {
  if (word == "Group14" || word == "PFS2048") return crypto::KeyExchangeId::Modp2048;
  require(word == "ECP256" || word == "ECP384", "Windows knows no group " + word);
  return word == "ECP256" ? crypto::KeyExchangeId::Ecp256 : crypto::KeyExchangeId::Ecp384;
}

void use(sim::stock::Kind& kind, const Suite& suite) {
  require(suite.integrity == "SHA256" || suite.integrity == "SHA384", "Windows knows no hash " + suite.integrity);
  require(suite.authentication == "SHA256128" || suite.authentication == suite.cipher,
          "Windows refuses " + suite.cipher + " with " + suite.authentication);
  const std::string hash = suite.integrity == "SHA256" ? "sha256" : "sha384";
  use_one_suite(kind, cipher_words(suite.encryption, hash) + "-prf" + hash + "-" + word_of(group_of(suite.dh_group)),
                cipher_words(suite.cipher, "sha256"));
  kind.habits.pfs = suite.pfs_group == "None" ? std::nullopt : std::optional{group_of(suite.pfs_group)};
}

// Whom the method inside IKE believes; `root` is its word for the fingerprint of the CA.
void use_validation(SetUp& made, const pugi::xml_node& validation, const char* root) {
  made.owner.login_server = validation.child_value("ServerNames");
  const std::string trusted = validation.child_value(root);
  const auto& anchors = made.owner.credentials.anchors;
  const bool is_there = std::ranges::any_of(anchors, [&](const crypto::Certificate& anchor) {
    return profiles::spaced_hex(crypto::hash(crypto::HashId::Sha1, {anchor.der()})) == trusted;
  });
  require(is_there, "the method trusts a CA that was not imported");
}

void use_peap(sim::stock::Kind& kind, const pugi::xml_node& peap) {
  require(std::string_view{peap.child("Eap").child_value("Type")} == "26", "PEAP has another method inside");
  kind.needs_peap_binding = std::string_view{peap.child_value("RequireCryptoBinding")} == "true";
}

void use_ttls(SetUp& made, const pugi::xml_node& ttls) {
  use_validation(made, ttls.child("ServerValidation"), "TrustedRootCAHash");
  const auto inside = ttls.child("Phase2Authentication");
  made.kind.sign_in = inside.child("PAPAuthentication") ? SignIn::TtlsPap : SignIn::TtlsMsChapV2;
  require(made.kind.sign_in == SignIn::TtlsPap || inside.child("MSCHAPv2Authentication"),
          "EAP-TTLS has nothing inside");
}

// EapHostConfig. EAP-TTLS has an author and a place of its own.
void use_eap(SetUp& made, const pugi::xml_node& host) {
  const auto method = host.child("EapMethod"), config = host.child("Config");
  const std::string type = method.child_value("Type"), author = method.child_value("AuthorId");
  require(author == (type == "21" ? "311" : "0"), "EAP type " + type + " is nobody's of " + author);
  if (type == "21") return use_ttls(made, config.child("EapTtls"));
  static const std::map<std::string, SignIn> types{
      {"26", SignIn::MsChapV2}, {"13", SignIn::EapTls}, {"25", SignIn::Peap}};
  require(types.contains(type) && config.child("Eap").child_value("Type") == type, "EAP type " + type);
  made.kind.sign_in = types.at(type);
  if (type == "26") return;
  const auto settings = config.child("Eap").child("EapType");
  use_validation(made, settings.child("ServerValidation"), "TrustedRootCA");
  const auto switches = type == "25" ? settings.child("PeapExtensions") : settings;
  for (const char* name : {"PerformServerValidation", "AcceptServerName"})
    require(std::string_view{switches.child_value(name)} == "true", "the validation of the server does not count");
  if (type == "25") use_peap(made.kind, settings);
}

void use_machine_certificate(sim::stock::Kind& kind) {
  kind.sign_in = SignIn::Certificate;
  kind.id_i = OwnIdentity::Subject;
}

void add_authorities(sim::Credentials& credentials, std::string_view script) {
  constexpr std::string_view call = "Add-Authority 'Root' ";
  for (std::size_t at = script.find(call); at != std::string_view::npos; at = script.find(call, at + 1))
    credentials.anchors.push_back(certificate_of(from_base64(quoted_after(script, call, at))));
}

// Who logs in with a certificate is who stands in it.
void name(SetUp& made, const Typed& typed) {
  made.owner.user = made.owner.credentials.chain.empty() ? typed.user : made.owner.credentials.identity.to_string();
  made.owner.password = typed.password;
}

void check_profile_xml(const SetUp& made, const Suite& suite, std::string_view text) {
  pugi::xml_document document;
  require(static_cast<bool>(document.load_buffer(text.data(), text.size())), "ProfileXML is no XML");
  const auto native = document.child("VPNProfile").child("NativeProfile");
  require(native.child_value("Servers") == made.dialled, "ProfileXML has another gateway");
  require(suite_of_xml(native.child("CryptographySuite")) == suite, "ProfileXML has another suite");
  const auto authentication = native.child("Authentication");
  const bool is_machine = std::string_view{authentication.child_value("MachineMethod")} == "Certificate";
  require(is_machine == (made.kind.sign_in == SignIn::Certificate), "ProfileXML has another login");
  if (is_machine) return;
  SetUp other{.kind = made.kind, .owner = {}, .dialled = {}};
  other.owner.credentials.anchors = made.owner.credentials.anchors;
  use_eap(other, authentication.first_element_by_path("Eap/Configuration/EapHostConfig"));
  require(other.kind.sign_in == made.kind.sign_in && other.owner.login_server == made.owner.login_server &&
              other.kind.needs_peap_binding == made.kind.needs_peap_binding,
          "ProfileXML has another EAP method");
}

void use_phonebook(sim::stock::Kind& kind, const std::string& disable_mobility, const std::string& outage) {
  if (disable_mobility == "1") stay(kind);
  kind.habits.outage = std::chrono::seconds{std::stoi(outage)};
}

}  // namespace

SetUp read_windows(const profiles::Files& files, const Typed& typed) {
  const std::string& script = file_ending(files, "-windows.ps1").content;
  SetUp made{
      .kind = *sim::stock::find_kind("windows-11-cmdlet"), .owner = {}, .dialled = quoted_after(script, "$Server =")};
  made.kind.name = "windows-11 by script";
  const Suite suite = suite_of_script(script);
  use(made.kind, suite);
  add_authorities(made.owner.credentials, script);
  const std::string pkcs12 = quoted_after(script, "$Pkcs12 =");
  if (!pkcs12.empty()) import(made.owner.credentials, from_base64(pkcs12), typed.certificate_password);
  if (quoted_after(script, "AuthenticationMethod =") == "MachineCertificate") {
    use_machine_certificate(made.kind);
  } else {
    pugi::xml_document eap;
    require(static_cast<bool>(eap.load_string(quoted_after(script, "EapConfigXmlStream = [xml]").c_str())),
            "EapHostConfig is no XML");
    use_eap(made, eap.child("EapHostConfig"));
  }
  use_phonebook(made.kind, quoted_after(script, "'DisableMobility'"), quoted_after(script, "'NetworkOutageTime'"));
  made.owner.gateway_name = made.dialled;
  name(made, typed);
  check_profile_xml(made, suite, file_ending(files, "-windows-profile.xml").content);
  return made;
}

// ---- Windows 7

namespace {

// "Key=Value" of the phone book.
std::string line_of(const std::string& phonebook, const std::string& key) {
  const std::size_t at = phonebook.find("\n" + key + "=");
  require(at != std::string::npos, "the phone book has no " + key);
  const std::size_t begin = at + key.size() + 2;
  return phonebook.substr(begin, phonebook.find('\r', begin) - begin);
}

// What certutil of the command file is given: the files after `words`.
std::vector<std::string> imported(const std::string& command, const std::string& words) {
  std::vector<std::string> names;
  for (std::size_t at = command.find(words); at != std::string::npos; at = command.find(words, at + 1)) {
    const std::size_t begin = command.find('"', at) + 1;
    names.push_back(command.substr(begin, command.find('"', begin) - begin));
  }
  return names;
}

int registry_value(const std::string& registry) {
  constexpr std::string_view key = "\"NegotiateDH2048_AES256\"=dword:";
  const std::size_t at = registry.find(key);
  require(at != std::string::npos, "the registry file has no NegotiateDH2048_AES256");
  return std::stoi(registry.substr(at + key.size(), 8), nullptr, 16);
}

}  // namespace

SetUp read_windows7(const profiles::Files& files, const Typed& typed) {
  const std::string& command = file_ending(files, ".cmd").content;
  const std::string& book = file_ending(files, ".pbk").content;
  SetUp made{.kind = *sim::stock::find_kind("windows-7"), .owner = {}, .dialled = line_of(book, "PhoneNumber")};
  made.kind.name = "windows-7 by phone book";
  made.kind.ike =
      sim::stock::ike_proposals(sim::stock::windows_ike(registry_value(file_ending(files, ".reg").content)));
  for (const std::string& file : imported(command, "certutil -f -addstore Root"))
    made.owner.credentials.anchors.push_back(
        crypto::Certificate::from_pem(as_bytes(file_ending(files, file).content)).value().front());
  const bool is_machine = std::stoi(line_of(book, "AuthRestrictions")) == 1 << 11;
  const bool is_tls = !is_machine && line_of(book, "CustomAuthKey") == "13";
  for (const std::string& file :
       imported(command, is_machine ? "certutil -f -importpfx" : "certutil -f -user -importpfx"))
    import(made.owner.credentials, as_bytes(file_ending(files, file).content), typed.certificate_password);
  require(is_machine || is_tls || line_of(book, "CustomAuthKey") == "26", "the phone book has another EAP method");
  made.kind.sign_in = is_tls ? SignIn::EapTls : SignIn::MsChapV2;
  if (is_machine) use_machine_certificate(made.kind);
  use_phonebook(made.kind, line_of(book, "DisableMobility"), line_of(book, "NetworkOutageTime"));
  made.owner.gateway_name = made.dialled;
  name(made, typed);
  return made;
}

}  // namespace agilevpn::stock_profiles
