#include "control/config/client_config.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <cctype>

#include "control/config/common_keys.h"
#include "control/config/credential_files.h"
#include "control/config/document.h"

namespace agilevpn::control::config {

namespace {

using ike::wire::Identity;
using std::filesystem::path;

const std::set<std::string, std::less<>> adapter_types = {"ethernet", "wifi", "mobile", "other"};  // mobility::LinkType
constexpr std::string_view no_preference = "is neither ethernet, wifi, mobile or other nor the name of an adapter";

// One table of client.toml while it is read.
class ConnectionReader {
 public:
  ConnectionReader(Section& section, const path& directory) : section_(section), directory_(directory) {}

  ClientConnection read(const HostOptions& host);

 private:
  void read_login();
  void read_eap(const std::string& user);
  void read_inside(client::EapLogin& login);
  void read_mschap(client::EapLogin& login);
  void use_certificate(const path& file);
  void use_token_key(const path& file);
  void read_trust();
  void read_prefer();

  Section& section_;
  const path& directory_;
  client::Profile profile_;
  std::vector<crypto::Certificate> anchors_;
  std::map<std::string, crypto::PrivateKey> keys_;
  std::optional<TokenLogin> token_;
  std::optional<linux::TokenKey> token_certificate_;
  std::optional<path> password_file_;
  bool has_certificate_ = false;
};

std::optional<eap::TtlsInside> parse_inside(std::string_view name) {
  if (name == "pap") return eap::TtlsInside::Pap;
  if (name == "mschapv2") return eap::TtlsInside::MsChapV2;
  if (name == "eap") return eap::TtlsInside::Eap;
  return std::nullopt;
}

std::optional<eap::Type> parse_eap_inside(std::string_view name) {
  const auto type = eap::parse_method(name);
  return type == eap::Type::Peap || type == eap::Type::Ttls ? std::nullopt : type;
}

bool uses_mschap(const client::EapLogin& login) {
  const auto has = [](const std::vector<eap::Type>& types, eap::Type type) {
    return std::ranges::count(types, type) > 0;
  };
  const bool has_ttls = has(login.methods, eap::Type::Ttls);
  const bool has_eap_inside =
      has(login.methods, eap::Type::Peap) || (has_ttls && login.ttls_inside == eap::TtlsInside::Eap);
  return has(login.methods, eap::Type::MsChapV2) || (has_ttls && login.ttls_inside == eap::TtlsInside::MsChapV2) ||
         (has_eap_inside && has(login.eap_inside, eap::Type::MsChapV2));
}

// The type of an adapter, or what may be the name of one; who misspelt a type shall not wait for an adapter of that name.
Result<std::string, std::string> parse_preference(std::string_view word) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto may_not = [](char c) { return c == '/' || c == ':' || std::isspace(static_cast<unsigned char>(c)); };
  std::string lower(word);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  const auto meant = std::ranges::any_of(word, is_digit) ? std::nullopt : closest(lower, adapter_types);
  const bool is_name = !word.empty() && word.size() < IFNAMSIZ && std::ranges::none_of(word, may_not);
  if (adapter_types.contains(word) || (is_name && !meant)) return std::string(word);
  return Failure{meant ? fmt::format("is no type of adapter, did you mean '{}'?", *meant) : std::string(no_preference)};
}

void ConnectionReader::read_prefer() {
  section_.read<std::string>("prefer", profile_.mobility.prefer, parse_preference);
  for (const std::string& word : profile_.mobility.prefer)
    if (!adapter_types.contains(word) && ::if_nametoindex(word.c_str()) == 0)
      section_.warn("prefer", fmt::format("'{}' {} that is here now", word, no_preference));
}

ClientConnection ConnectionReader::read(const HostOptions& host) {
  bool is_automatic = true;
  std::string interface = host.interface, gateway_id;
  profile_.name = section_.name();
  section_.read<std::string>("gateway", profile_.gateway, parse_host);
  if (!section_.has("gateway")) section_.wrong("gateway", "is missing", "the gateway's name or address");
  section_.read("gateway-id", gateway_id);
  if (!gateway_id.empty()) profile_.remote = Identity::parse(gateway_id);
  read_login();
  read_trust();
  read_policy(section_, profile_.policy);
  read_settings(section_, profile_.settings);
  read_prefer();
  section_.read("outage", profile_.mobility.outage_time, 1s);
  section_.read("hold", profile_.mobility.hold_time, 0s);
  read_prefixes(section_, "routes", profile_.routes);
  read_prefixes(section_, "networks", profile_.networks);
  section_.read("only-device", profile_.is_only_device);
  section_.read("resume", profile_.resumes);
  section_.read("auto", is_automatic);
  read_interface(section_, interface);
  std::vector<crypto::Crl> crls = read_crls(section_, "crl", directory_);
  section_.finish();
  Trust trust{anchors_, crls};
  return {std::move(profile_),
          ike::Credentials(crypto::Verifier(std::move(anchors_), std::move(crls)), std::move(keys_)),
          std::move(interface),
          is_automatic,
          std::move(trust),
          std::move(token_),
          std::move(token_certificate_),
          std::move(password_file_)};
}

void ConnectionReader::read_login() {
  std::string id;
  section_.read("user", id);
  section_.read("id", id);
  std::optional<path> certificate;
  const bool is_on_token = names_token(section_, "certificate");
  if (is_on_token) token_certificate_ = read_token_key(section_, "certificate", directory_);
  if (!is_on_token) read_path(section_, "certificate", directory_, certificate);
  has_certificate_ = is_on_token || certificate;
  Secret psk = read_secret(section_, "psk", directory_);

  if (has_certificate_ && !psk.empty()) section_.wrong("psk", "there is 'certificate' too; keep one of them");
  if (certificate) use_certificate(*certificate);
  if (!psk.empty()) profile_.auth = ike::PskAuth{std::move(psk)};
  if (!id.empty()) profile_.local = Identity::parse(id);
  const bool has_psk = section_.has("psk") || section_.has("psk-file");
  const bool uses_eap = !has_certificate_ || (certificate && section_.has("methods"));
  if (!has_psk && uses_eap) read_eap(id.empty() && certificate ? profile_.local.to_string() : id);
  if (profile_.local.data.empty() && !has_certificate_ && !section_.is_misread())
    section_.wrong("id", "is missing", "who you are to the gateway");
}

void ConnectionReader::read_eap(const std::string& user) {
  client::EapLogin login{.user = user, .anonymous = {}, .methods = {eap::Type::MsChapV2}, .password = {}};
  if (const auto* own = std::get_if<ike::CertificateAuth>(&profile_.auth); own && !keys_.empty())
    login.certificate = *own;
  if (!login.certificate) login.password = read_secret(section_, "password", directory_);
  if (!login.password.empty()) read_path(section_, "password-file", directory_, password_file_);
  read_methods(section_, login.methods);
  if (!login.certificate && login.password.empty() &&
      !section_.has("user")) {  // With it, who types the password is asked.
    if (section_.is_misread()) return;
    return section_.wrong("certificate", "neither 'certificate' nor 'psk' nor 'user' is there");
  }
  section_.read("anonymous-user", login.anonymous);
  if (std::ranges::count(login.methods, eap::Type::Tls) > 0 && !login.certificate)
    section_.wrong("methods", "EAP-TLS proves the user with a certificate, and there is none",
                   "add 'certificate', or take \"peap\"");
  read_inside(login);
  std::string server;
  section_.read("login-server", server);
  if (!server.empty()) login.server = Identity::parse(server);
  const bool is_alone = read_eap_only(section_, std::ranges::all_of(login.methods, eap::may_stand_alone));
  read_mschap(login);
  profile_.auth = ike::EapAuth{.may_stand_alone = is_alone};
  profile_.eap = std::move(login);
}

void ConnectionReader::read_inside(client::EapLogin& login) {
  section_.read<eap::TtlsInside>("ttls-inside", login.ttls_inside, parse_inside, "pap, mschapv2 or eap");
  if (login.certificate) login.ttls_inside = eap::TtlsInside::Eap;
  section_.read<eap::Type>("eap-inside", login.eap_inside, parse_eap_inside,
                           "an EAP method that goes inside another: mschapv2, tls or gtc");
  const bool is_tls = std::ranges::count(login.eap_inside, eap::Type::Tls) > 0;
  if (section_.has("eap-inside") && is_tls != login.certificate.has_value())
    section_.wrong("eap-inside", is_tls ? "EAP-TLS proves the user with a certificate, and there is none"
                                        : "with a certificate, tls goes inside");
}

// MD4 and DES are only there for who uses them.
void ConnectionReader::read_mschap(client::EapLogin& login) {
  bool takes_mschap = true;
  section_.read("mschapv2", takes_mschap);
  if (login.certificate || !uses_mschap(login)) return;
  if (takes_mschap)
    login.mschap = load_mschap(section_);
  else
    section_.wrong("mschapv2", "is false, and this login uses it",
                   "another of 'methods', 'ttls-inside' or 'eap-inside'");
}

void ConnectionReader::use_token_key(const path& file) {
  auto key = read_token_key(section_, "key", directory_);
  if (!key) return;
  auto own = load_token_credentials(file, *std::move(key), profile_.name);
  if (!own) return section_.wrong("certificate", own.error().what, own.error().help);
  profile_.auth = std::move(own->auth);
  profile_.local = ike::identity_of(own->certificate);
  token_ = std::move(own->login);
}

void ConnectionReader::use_certificate(const path& file) {
  if (names_token(section_, "key")) return use_token_key(file);
  std::optional<path> key;
  read_path(section_, "key", directory_, key);
  const Secret password = read_secret(section_, "password", directory_);
  note_key(section_, "certificate", file, key);
  auto own = load_own_certificate(file, key, password);
  if (!own) return section_.wrong("certificate", own.error().what, own.error().help);
  profile_.auth = own->auth(profile_.name);
  profile_.local = ike::identity_of(own->certificate);
  anchors_ = std::move(own->anchors);
  keys_.emplace(profile_.name, std::move(own->key));
}

void ConnectionReader::read_trust() {
  auto given = read_certificates(section_, "ca", directory_);
  if (!given.empty()) anchors_ = std::move(given);
  read_rules(section_, directory_, profile_.rules);
  profile_.revocation = read_revocation(section_, profile_.rules);
  const bool uses_certificate = !keys_.empty() || token_ || token_certificate_;
  if ((uses_certificate || profile_.eap) && anchors_.empty() && !section_.has("ca")) {
    section_.wrong("ca", "is missing, so the gateway could not be checked",
                   "the file of the CA that issued its certificate");
  }
}

// The keys that stand before the first table.
void read_host_keys(Section& top, const path& directory, HostOptions& out) {
  read_host(top, directory, out);
  read_interface(top, out.interface);
  std::uint64_t window = out.replay_window;
  top.read("replay-window", window, 32, 1 << 20);
  out.replay_window = static_cast<std::uint32_t>(window);
}

}  // namespace

Result<ClientConfig, std::vector<Error>> load_client(const path& file) { return in_words(read_client(file)); }

Result<ClientConfig, std::vector<Mistake>> read_client(const path& file) {
  const auto document = load_document(file, "docs/configuration.md shows how to write one");
  if (!document) return Failure{std::vector{document.error()}};

  Mistakes mistakes(document->sources);
  Section top(*document->root.as<Node::Table>(), 1, "", mistakes);
  ClientConfig config;
  const path directory = file.parent_path();
  read_host_keys(top, directory, config.host);
  for (Section& section : top.more_sections())
    config.connections.push_back(ConnectionReader(section, directory).read(config.host));
  if (config.connections.empty()) {
    mistakes.add(
        1, "", "no connection in it",
        "write a line with its name, such as [office], and below it gateway = \"vpn.example.org\" and how you log in");
  } else {
    top.finish("what belongs to a connection stands below the line with its name, such as [office]");
  }
  if (!mistakes.empty()) return Failure{std::move(mistakes).take()};
  config.warnings = std::move(mistakes).take_warnings();
  return config;
}

}  // namespace agilevpn::control::config
