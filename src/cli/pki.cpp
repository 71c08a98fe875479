#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/pki_show.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "control/config/credential_files.h"
#include "control/config/host_options.h"
#include "control/files/file.h"
#include "control/files/pki_store.h"
#include "linux/system_random.h"
#include "profiles/platform_rules.h"

namespace agilevpn::cli {

namespace {

using control::files::IssuedCertificate;
using control::files::IssueRequest;
using control::files::PkiStore;
using crypto::KeyType;

struct PkiOptions {
  std::filesystem::path directory = std::filesystem::path(control::config::default_state_directory) / "pki";
  bool json = false;
  std::string name;
  std::string subject;
  std::string key = "ecdsa-p256";
  bool is_gateway = false;
  std::vector<std::string> names;
  unsigned days = 730;
  std::string password;
  std::filesystem::path password_file;
  bool is_compatible = false;
  std::filesystem::path out;
};

const std::map<std::string, KeyType> key_types = {
    {"ecdsa-p256", KeyType::EcdsaP256}, {"ecdsa-p384", KeyType::EcdsaP384}, {"ecdsa-p521", KeyType::EcdsaP521},
    {"ed25519", KeyType::Ed25519},      {"ed448", KeyType::Ed448},          {"rsa", KeyType::Rsa},
    {"rsa-3072", KeyType::Rsa}};

// ---- init

Result<void, Error> init(const PkiOptions& options) {
  const std::string subject = options.subject.empty() ? "CN=AgileVPN CA" : options.subject;
  TRY_ASSIGN(const PkiStore pki, PkiStore::init(options.directory, subject, key_types.at(options.key), wall_now()));
  const auto file = PkiStore::ca_file(options.directory).string();
  if (options.json) {
    print_json({{"ca", file}, {"subject", pki.ca().subject()}});
  } else {
    fmt::print("{} is made: {}, until {}\n", pki.ca().subject(), file, date_text(pki.ca().not_after()));
  }
  return {};
}

// ---- issue

// "DNS:vpn.example.org", as other tools want it, is the name alone.
std::string plain_name(std::string name) {
  for (const std::string_view kind : {"DNS:", "IP:", "email:"})
    if (name.starts_with(kind)) return name.substr(kind.size());
  return name;
}

// Of a .p12.
Result<Secret, Error> password_for(const PkiOptions& options) {
  if (!options.password_file.empty()) return control::config::load_secret(options.password_file);
  if (!options.password.empty()) return Secret(to_bytes(options.password));
  linux::SystemRandom random;
  return control::files::make_password(random.secret_bytes(10).view());
}

Result<IssueRequest, Error> to_request(const PkiOptions& options) {
  IssueRequest request{.name = options.name, .is_gateway = options.is_gateway, .subject = options.subject, .names = {}};
  std::ranges::transform(options.names, std::back_inserter(request.names), plain_name);
  request.key = key_types.at(options.key);
  if (options.key == "rsa-3072") request.rsa_bits = 3072;
  request.validity = std::chrono::days{options.days};
  request.is_compatible = options.is_compatible;
  TRY_ASSIGN(request.password, password_for(options));
  return request;
}

// What a client would hold against a gateway's certificate.
std::vector<std::string> objections(const PkiStore& pki, const crypto::Certificate& certificate) {
  std::vector<std::string> out;
  for (const auto& finding : profiles::examine({{certificate}, {pki.ca()}}, {}, wall_now())) {
    if (finding.weight != profiles::Finding::Weight::Breaks) continue;
    std::vector<std::string> systems;
    for (const auto system : finding.systems) systems.emplace_back(profiles::to_name(system));
    out.push_back(fmt::format("{} refuse it: {}; {}", join(systems), finding.what, finding.help));
  }
  return out;
}

void print_issued(const PkiOptions& options, const IssueRequest& request, const crypto::Certificate& certificate,
                  const std::filesystem::path& file) {
  const std::string password = options.is_gateway ? "" : to_text(request.password.view());
  if (options.json) {
    return print_json({{"name", request.name},
                       {"serial", certificate.serial()},
                       {"file", file.string()},
                       {"password", options.is_gateway ? nlohmann::json(nullptr) : nlohmann::json(password)}});
  }
  fmt::print("{} has a certificate until {}: {}\n", certificate.subject(), date_text(certificate.not_after()),
             file.string());
  if (!options.is_gateway) fmt::print("the password that opens it: {}\n", password);
}

// Says what was made, and copies it to --out.
Result<void, Error> hand_out(const PkiOptions& options, const PkiStore& pki, const IssueRequest& request,
                             const crypto::Certificate& certificate) {
  auto file = PkiStore::issued_file(options.directory, request.name, options.is_gateway ? ".pem" : ".p12");
  if (!options.out.empty()) {
    TRY_ASSIGN(const Secret content, control::files::read_secret(file));
    TRY(control::files::write(options.out, content.view(), control::files::Readers::OwnerOnly));
    file = options.out;
  }
  print_issued(options, request, certificate, file);
  if (!options.is_gateway) return {};
  for (const std::string& objection : objections(pki, certificate)) fmt::print(stderr, "note: {}\n", objection);
  return {};
}

Result<void, Error> issue(const PkiOptions& options) {
  TRY_ASSIGN(PkiStore pki, PkiStore::open(options.directory));
  TRY_ASSIGN(const IssueRequest request, to_request(options));
  TRY_ASSIGN(const auto certificate, pki.issue(request, wall_now()));
  return hand_out(options, pki, request, certificate);
}

Result<void, Error> renew(const PkiOptions& options) {
  TRY_ASSIGN(PkiStore pki, PkiStore::open(options.directory));
  TRY_ASSIGN(IssueRequest request, to_request(options));
  const auto* last = pki.find(options.name);
  request.is_gateway = last && last->is_gateway;
  IssueRequest terms{.name = request.name,
                     .subject = {},
                     .names = {},
                     .validity = request.validity,
                     .password = request.password.copy(),
                     .is_compatible = request.is_compatible};
  TRY_ASSIGN(const auto certificate, pki.renew(std::move(terms), wall_now()));
  PkiOptions shown = options;
  shown.is_gateway = request.is_gateway;
  return hand_out(shown, pki, request, certificate);
}

// ---- list, revoke

Result<void, Error> list(const PkiOptions& options) {
  TRY_ASSIGN(const PkiStore pki, PkiStore::open(options.directory));
  auto json = nlohmann::json::array();
  Table table({"NAME", "FOR", "UNTIL", "STATE", "SUBJECT", "SERIAL"});
  for (const IssuedCertificate& entry : pki.issued()) {
    const char* role = entry.is_gateway ? "gateway" : "client";
    json.push_back({{"name", entry.name},
                    {"for", role},
                    {"until", date_text(entry.not_after)},
                    {"state", state_text(entry)},
                    {"subject", entry.subject},
                    {"serial", entry.serial}});
    table.add({entry.name, role, date_text(entry.not_after), state_text(entry), entry.subject, entry.serial});
  }
  if (options.json) {
    print_json(json);
  } else {
    fmt::print("{}", table.text());
  }
  return {};
}

Result<void, Error> revoke(const PkiOptions& options) {
  TRY_ASSIGN(PkiStore pki, PkiStore::open(options.directory));
  TRY(pki.revoke(options.name, wall_now()));
  const auto crl = PkiStore::crl_file(options.directory).string();
  if (options.json) {
    print_json({{"name", options.name}, {"crl", crl}});
  } else {
    fmt::print(
        "{} is revoked; the new CRL is {}\na gateway on this machine takes it by itself, and ends the tunnels of who "
        "shows it\n",
        options.name, crl);
  }
  return {};
}

Result<void, Error> show(const PkiOptions& options) {
  return show_certificates(options.directory, options.name, options.password_file, options.json);
}

}  // namespace

void add_pki(CLI::App& app, Context& context) {
  auto options = std::make_shared<PkiOptions>();
  CLI::App* pki =
      add_verb(app, "pki", "Make a CA, and issue, list, show and revoke certificates",
               "  agilevpn pki init\n  agilevpn pki issue anna --subject 'CN=Anna, OU=staff' --out anna.p12");
  pki->require_subcommand(1);
  pki->add_option("--dir", options->directory, "Where the CA's files are")->capture_default_str();

  CLI::App* verb =
      add_work(pki, "init", "Make a CA", "init --subject 'CN=Example CA, O=Example'", init, options, context);
  verb->add_option("--subject", options->subject, "Its name; CN=AgileVPN CA without");
  verb->add_option("--key", options->key, "Kind of key")->check(CLI::IsMember(key_types))->capture_default_str();

  const auto add_p12_options = [&options](CLI::App* issuing) {
    issuing->add_option("--days", options->days, "How long it is valid")
        ->check(CLI::Range(1, 36500))
        ->capture_default_str();
    CLI::Option* password = issuing->add_option(
        "--password", options->password, "Of the .p12; one is made up without. Other users of this machine may see it");
    issuing->add_option("--password-file", options->password_file, "A file with it")->excludes(password);
    issuing->add_flag("--compatible", options->is_compatible, "A .p12 that Apple and Windows 7 can open");
    issuing->add_option("--out", options->out, "Also write the .p12 (a gateway's .pem) there");
  };
  verb = add_work(pki, "issue", "Issue a certificate with a new key; a client's comes as .p12 with the CA in it",
                  "issue anna --out anna.p12\n  agilevpn pki issue vpn.example.org --gateway --san 203.0.113.10", issue,
                  options, context);
  verb->add_option("NAME", options->name, "Whom for: a user, an e-mail address, a gateway's name or address")
      ->required();
  verb->add_flag("--gateway", options->is_gateway,
                 "For a gateway (serverAuth and IKE intermediate) instead of a client");
  verb->add_option("--subject", options->subject, "CN=NAME without");
  verb->add_option("--san", options->names, "Another name or address that it vouches for");
  verb->add_option("--key", options->key, "Kind of key")->check(CLI::IsMember(key_types))->capture_default_str();
  add_p12_options(verb);

  verb = add_work(pki, "renew", "Issue a certificate anew, with a new key; the gateway takes its own by itself",
                  "renew vpn.example.org", renew, options, context);
  verb->add_option("NAME", options->name, "A name of `agilevpn pki list`")->required();
  add_p12_options(verb);

  add_work(pki, "list", "List what was issued", "list", list, options, context);
  verb = add_work(pki, "revoke", "Revoke a certificate and renew the CRL", "revoke anna", revoke, options, context);
  verb->add_option("NAME", options->name, "A name or a serial number of `agilevpn pki list`")->required();
  verb = add_work(pki, "show", "Show the CA, an issued certificate, or any certificate file", "show anna", show,
                  options, context);
  verb->add_option("NAME", options->name, "A name of `agilevpn pki list`, or a file");
  verb->add_option("--password-file", options->password_file, "The password of a .p12; else it is asked for");
  for (CLI::App* each : pki->get_subcommands({})) add_json_flag(each, options->json);
}

}  // namespace agilevpn::cli
