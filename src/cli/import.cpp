#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>

#include "cli/user_password.h"
#include "cli/verb.h"
#include "control/config/client_config.h"
#include "control/config/credential_files.h"
#include "control/files/file.h"
#include "profiles/link.h"
#include "profiles/linux_client.h"
#include "profiles/text.h"

namespace agilevpn::cli {

namespace {

using control::files::Readers;
using profiles::Link;
using profiles::LoginKind;
using std::filesystem::path;

struct ImportOptions {
  std::string link;
  path directory{control::config::configuration_directory};
  std::vector<path> authorities;
  path certificate, key;
  bool password_from_stdin = false;
};

// What a connection's table says, and the files beside it.
struct Import {
  std::string text;
  std::vector<std::pair<std::string, Secret>> secrets;
  std::vector<std::pair<std::string, std::string>> certificates;

  void add(std::string_view key, const std::string& value) {
    text += fmt::format("{} = {}\n", key, profiles::toml(value));
  }
};

// The CA that the link carries, and those that are given besides: one of them is the one that it names by its fingerprint.
Result<std::vector<crypto::Certificate>, Error> authorities_of(const Link& link, const ImportOptions& options) {
  std::vector<crypto::Certificate> all;
  for (const path& file : options.authorities) {
    TRY_ASSIGN(auto given, control::config::load_certificates(file));
    std::ranges::move(given, std::back_inserter(all));
  }
  if (!link.ca.empty()) {
    TRY_ASSIGN(auto ca, crypto::Certificate::from_der(link.ca));
    if (std::ranges::count(all, ca.der(), &crypto::Certificate::der) == 0) all.push_back(std::move(ca));
  }
  if (link.ca_sha256.empty()) return all;
  if (all.empty())
    return Failure{Error{"the link names the CA and does not carry it", "give its certificate: --ca FILE"}};
  const auto is_named = [&](const crypto::Certificate& ca) {
    return to_hex(ca.sha256_fingerprint()) == link.ca_sha256;
  };
  if (std::ranges::any_of(all, is_named)) return all;
  return Failure{Error{fmt::format("{} is not the CA that the link names", options.authorities.front().string()),
                       "ask for both anew, where they came from"}};
}

Result<void, Error> add_login(Import& import, const Link& link, const ImportOptions& options, const std::string& stem) {
  const bool is_by_certificate = profiles::is_by_certificate(link.login);
  if (link.login != LoginKind::Certificate) import.add("user", link.user);
  import.text += profiles::login_lines(link);
  if (is_by_certificate) {
    if (options.certificate.empty())
      return Failure{Error{"this login needs a certificate", "give it: --certificate FILE (.p12 or PEM)"}};
    import.add("certificate", std::filesystem::absolute(options.certificate).string());
    if (!options.key.empty()) import.add("key", std::filesystem::absolute(options.key).string());
    if (options.certificate.extension() != ".p12") return {};
  }
  if (link.login == LoginKind::Gtc) return {};  // `agilevpn up` asks: a code counts once.
  const std::string question =
      fmt::format("Password of {}: ", is_by_certificate ? options.certificate.filename().string() : link.user);
  TRY_ASSIGN(Secret password, known_password(question, options.password_from_stdin));
  import.add("password-file", stem + ".password");
  import.secrets.emplace_back(stem + ".password", std::move(password));
  return {};
}

Result<Import, Error> make_import(const Link& link, const ImportOptions& options) {
  const std::string stem = profiles::safe_file_name(link.gateway);
  Import import{.text = fmt::format("[{}]\n", profiles::toml(link.gateway)), .secrets = {}, .certificates = {}};
  import.add("gateway", link.gateway);
  if (!link.identity.empty()) import.add("gateway-id", link.identity);
  TRY_ASSIGN(const auto authorities, authorities_of(link, options));
  if (!authorities.empty()) {
    std::string pem;
    for (const auto& ca : authorities) pem += ca.to_pem();
    import.add("ca", stem + "-ca.pem");
    import.certificates.emplace_back(stem + "-ca.pem", std::move(pem));
  }
  TRY(add_login(import, link, options, stem));
  return import;
}

// The first connection is client.toml itself; others lie beside it and are read after it: under one name they would be one.
Result<path, Error> place_of(const Link& link, const path& directory) {
  const path first = directory / "client.toml";
  TRY_ASSIGN(const bool is_there, control::files::has(first));
  if (!is_there) return first;
  const auto config = control::config::load_client(first);
  if (!config) return Failure{config.error().front()};
  const auto is_it = [&](const auto& connection) { return connection.profile.name == link.gateway; };
  if (std::ranges::any_of(config->connections, is_it))
    return Failure{Error{
        fmt::format("there is a connection {} already, in {} or beside it in client.d", link.gateway, first.string()),
        "change its user or password there, or take its table away and import again"}};
  return directory / "client.d" / (profiles::safe_file_name(link.gateway) + ".toml");
}

Result<path, Error> write_import(const Link& link, const ImportOptions& options) {
  TRY_ASSIGN(const path file, place_of(link, options.directory));
  TRY_ASSIGN(const Import import, make_import(link, options));
  for (const auto& [name, text] : import.certificates)
    TRY(control::files::write(options.directory / name, as_bytes(text), Readers::Everyone));
  for (const auto& [name, secret] : import.secrets)
    TRY(control::files::write(options.directory / name, secret.view(), Readers::OwnerOnly));
  TRY(control::files::write(file, as_bytes(import.text), Readers::OwnerOnly));
  const auto config = control::config::load_client(options.directory / "client.toml");
  if (!config) return Failure{config.error().front()};
  return file;
}

void run_import(const ImportOptions& options, Context& context) {
  const auto link = profiles::parse_link(options.link);
  if (!link) return context.fail(link.error());
  const auto file = write_import(*link, options);
  if (!file) return context.fail(file.error());
  fmt::print(
      "{} to {} is in {}.\n\nNext:\n  sudo systemctl enable --now agilevpn-client     (or reload it, if it runs)\n",
      link->user, link->gateway, file->string());
}

}  // namespace

void add_import(CLI::App& app, Context& context) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* verb = add_verb(app, "import", "Make a connection of a link that `agilevpn profile` wrote",
                            "  sudo agilevpn import 'agilevpn://anna@vpn.example.org/?login=password&ca=MIIB...'");
  verb->add_option("LINK", options->link, "The link, in quotes")->required();
  verb->add_option("--dir", options->directory, "Where client.toml is")->capture_default_str();
  verb->add_option("--ca", options->authorities,
                   "The gateway's CA, if the link only names it; and a RADIUS server's, if that is another")
      ->allow_extra_args(false);
  auto* certificate = verb->add_option("--certificate", options->certificate,
                                       "The user's certificate (.p12, or PEM), if the login is by one");
  verb->add_option("--key", options->key, "Its key, if it is not in the same file")->needs(certificate);
  verb->add_flag("--password-stdin", options->password_from_stdin,
                 "Read the password from standard input; else it is asked for");
  verb->callback([options, &context] { run_import(*options, context); });
}

}  // namespace agilevpn::cli
