#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ranges>

#include "cli/explanation.h"
#include "cli/verb.h"
#include "control/config/credential_files.h"
#include "control/files/file.h"
#include "control/files/pki_store.h"
#include "linux/system_random.h"
#include "profiles/device.h"
#include "profiles/gateway_request.h"
#include "profiles/link.h"

namespace agilevpn::cli {

namespace {

using control::config::GatewayConfig;
using control::files::PkiStore;
using profiles::LoginKind;
using std::filesystem::path;

struct ProfileOptions {
  std::string user;
  std::vector<std::string> devices;
  path out;
  path configuration = path(control::config::configuration_directory) / "gateway.toml";
  std::string login;
  std::string group;
  std::vector<path> authorities;
  path certificate;
  path certificate_password;
  path password;
  bool writes_passwords = false;
  bool is_on_demand = false;
  path signer_certificate;
  path signer_key;
  bool json = false;
};

// What is said besides the files.
struct Outcome {
  std::vector<std::string> notes;
  std::vector<profiles::File> files;
  std::string certificate_password;
};

// ---- who logs in

Result<LoginKind, Error> login_kind(const ProfileOptions& options, const GatewayConfig& config) {
  const bool takes_passwords = !config.gateway.eap_methods.empty() || !config.gateway.radius.empty();
  if (options.login.empty()) return takes_passwords ? LoginKind::Password : LoginKind::Certificate;
  if (const auto kind = profiles::parse_login_kind(options.login)) return *kind;
  return Failure{Error{fmt::format("there is no login '{}'", options.login), "password, certificate or eap-tls"}};
}

// That of the own CA; a user who has none yet is given one.
Result<control::config::OwnCertificate, Error> own_certificate(const ProfileOptions& options, const GatewayConfig& config, Outcome& outcome) {
  if (!options.certificate.empty()) {
    Secret password;
    if (!options.certificate_password.empty()) {
      TRY_ASSIGN(password, control::config::load_secret(options.certificate_password));
    }
    return control::config::load_own_certificate(options.certificate, {}, password);
  }
  const path directory = config.host.state_directory / "pki";
  TRY_ASSIGN(PkiStore pki, PkiStore::open(directory));
  const auto* issued = pki.find(options.user);
  if (!issued || issued->revoked || issued->not_after < wall_now()) {
    linux::SystemRandom random;
    TRY(pki.issue({.name = options.user, .password = control::files::make_password(random.secret_bytes(10).view())}, wall_now()));
    outcome.notes.push_back(fmt::format("made a certificate for {}", options.user));
  }
  return control::config::load_own_certificate(PkiStore::issued_file(directory, options.user, ".pem"),
                                               PkiStore::issued_file(directory, options.user, ".key"), {});
}

// Whether the gateway would let the user in by a password, as profiles send it. One who is not kept yet may be soon; with
// RADIUS others know.
Result<void, Error> check_password_login(const ProfileOptions& options, const GatewayConfig& config, Outcome& outcome) {
  if (!config.gateway.radius.empty()) return {};
  if (config.gateway.eap_methods.empty())
    return Failure{Error{"the gateway takes no passwords", "gateway.toml needs [users] with EAP-MSCHAPv2; or: --login certificate"}};
  const ExplainOptions question{.user = options.user, .config = options.configuration};
  Explanation explanation(question, config);
  TRY(explanation.run());
  if (!explanation.is_known()) {
    outcome.notes.push_back(fmt::format("there is no user {0} yet: agilevpn user add {0}", options.user));
    return {};
  }
  if (!explanation.is_admitted())
    return Failure{Error{"the gateway would refuse this login: " + explanation.reason(), "agilevpn explain --user " + options.user}};
  if (!explanation.may_use("eap-mschapv2"))
    return Failure{Error{fmt::format("the gateway does not take the password of {} by EAP-MSCHAPv2, by which profiles log in", options.user),
                         "see: agilevpn explain --user " + options.user + "; or: --login certificate"}};
  return {};
}

Result<void, Error> check_eap_tls_login(const GatewayConfig& config) {
  const bool is_offered = std::ranges::count(config.gateway.eap_methods, eap::Type::Tls) > 0;
  if (is_offered || !config.gateway.radius.empty()) return {};
  return Failure{Error{"the gateway offers no EAP-TLS", "add \"tls\" to methods of [users] in gateway.toml; or: --login certificate"}};
}

Result<profiles::Login, Error> make_login(const ProfileOptions& options, const GatewayConfig& config, Outcome& outcome) {
  profiles::Login login{.kind = {}, .user = options.user, .certificate = {}, .password = {}, .writes_passwords = options.writes_passwords};
  TRY_ASSIGN(login.kind, login_kind(options, config));
  if (!options.password.empty()) {
    TRY_ASSIGN(login.password, control::config::load_secret(options.password));
  }
  if (login.kind == LoginKind::Password) {
    TRY(check_password_login(options, config, outcome));
    return login;
  }
  if (login.kind == LoginKind::EapTls) TRY(check_eap_tls_login(config));
  TRY_ASSIGN(auto own, own_certificate(options, config, outcome));
  linux::SystemRandom random;
  Secret password = control::files::make_password(random.secret_bytes(10).view());
  outcome.certificate_password = to_text(password.view());
  login.certificate = profiles::UserCertificate{std::move(own.certificate), std::move(own.key), std::move(own.chain), std::move(password)};
  return login;
}

// ---- the gateway

// The CAs that devices must be told: those that were named, or the own one if it issued the gateway's certificate.
Result<std::vector<crypto::Certificate>, Error> authorities(const ProfileOptions& options, const GatewayConfig& config, Outcome& outcome) {
  std::vector<crypto::Certificate> out;
  for (const path& file : options.authorities) {
    TRY_ASSIGN(auto loaded, control::config::load_certificates(file));
    std::ranges::move(loaded, std::back_inserter(out));
  }
  if (!out.empty() || !config.gateway.certificate) return out;
  TRY_ASSIGN(const auto own, crypto::Certificate::from_der(config.gateway.certificate->chain.front()));
  const path file = PkiStore::ca_file(config.host.state_directory / "pki");
  TRY_ASSIGN(const bool is_there, control::files::has(file));
  if (is_there) {
    TRY_ASSIGN(auto loaded, control::config::load_certificates(file));
    if (!loaded.empty() && loaded.front().subject() == own.issuer()) return loaded;
  }
  outcome.notes.push_back("no CA goes into the profiles: devices must know the gateway's issuer, " + own.issuer() + "; else give --ca FILE");
  return out;
}

Result<std::optional<profiles::ProfileSigner>, Error> load_signer(const ProfileOptions& options) {
  if (options.signer_certificate.empty()) return std::nullopt;
  const std::optional<path> key = options.signer_key.empty() ? std::nullopt : std::optional{options.signer_key};
  TRY_ASSIGN(auto own, control::config::load_own_certificate(options.signer_certificate, key, {}));
  std::vector<crypto::Certificate> chain{std::move(own.certificate)};
  std::ranges::move(own.chain, std::back_inserter(chain));
  return profiles::ProfileSigner{std::move(chain), std::move(own.key)};
}

Result<profiles::Request, Error> make_request(const ProfileOptions& options, Outcome& outcome) {
  auto config = control::config::load_gateway(options.configuration);
  if (!config) return Failure{config.error().front()};
  TRY_ASSIGN(auto login, make_login(options, *config, outcome));
  const std::optional<std::string> group = options.group.empty() ? std::nullopt : std::optional{options.group};
  TRY_ASSIGN(const auto* rule, profiles::rule_for(*config, login, group, wall_now()));
  TRY_ASSIGN(auto trusted, authorities(options, *config, outcome));
  auto request = profiles::request_of(*config, *rule, std::move(trusted), std::move(login));
  request.is_on_demand = options.is_on_demand;
  return request;
}

// ---- the files

Result<std::vector<profiles::Device>, Error> devices_of(const std::vector<std::string>& names) {
  std::vector<profiles::Device> out;
  for (const std::string& name : names) {
    if (name == "all") return profiles::all_devices();
    const auto device = profiles::parse_device(name);
    if (!device) return Failure{Error{fmt::format("there is no device '{}'", name), "windows, windows7, apple, android, strongswan, networkmanager, linux, qr or all"}};
    out.push_back(*device);
  }
  return out;
}

// Under "all", a device that this gateway cannot serve is a note; asked for by name it is a failure.
Result<void, Error> make_files(const ProfileOptions& options, const profiles::Request& request, Outcome& outcome) {
  TRY_ASSIGN(const auto devices, devices_of(options.devices));
  TRY_ASSIGN(const auto signer, load_signer(options));
  for (const profiles::Device device : devices) {
    auto files = profiles::write_profile(device, request, signer ? &*signer : nullptr);
    if (files) {
      std::ranges::move(*files, std::back_inserter(outcome.files));
    } else if (devices.size() == 1 || devices.size() < profiles::all_devices().size()) {
      return Failure{files.error()};
    } else {
      outcome.notes.push_back(fmt::format("skipped {}: {}", profiles::to_string(device), files.error().to_string()));
    }
  }
  for (const profiles::File& file : outcome.files) {
    const auto readers = file.is_secret ? control::files::Readers::OwnerOnly : control::files::Readers::Everyone;
    TRY(control::files::write(options.out / file.name, as_bytes(file.content), readers));
  }
  return {};
}

void print_outcome(const ProfileOptions& options, const Outcome& outcome) {
  if (options.json) {
    auto files = nlohmann::json::array();
    for (const profiles::File& file : outcome.files) files.push_back({{"file", (options.out / file.name).string()}, {"what", file.what}, {"secret", file.is_secret}});
    return print_json({{"user", options.user}, {"files", files}, {"notes", outcome.notes},
                       {"password", outcome.certificate_password.empty() ? nlohmann::json(nullptr) : nlohmann::json(outcome.certificate_password)}});
  }
  for (const std::string& note : outcome.notes) fmt::print("{}\n", note);
  for (const profiles::File& file : outcome.files) {
    if (!file.what.empty()) fmt::print("{:<44} {}\n", (options.out / file.name).string(), file.what);
  }
  if (outcome.certificate_password.empty()) return;
  fmt::print("\nThe password of the certificate in them: {}\n{}\n", outcome.certificate_password,
             options.writes_passwords ? "It stands in the files too: hand them over by a way that only the user can read."
                                      : "Tell it to the user by another way than the files.");
}

void run_profile(const ProfileOptions& options, Context& context) {
  Outcome outcome;
  const auto request = make_request(options, outcome);
  if (!request) return context.fail(request.error());
  if (const auto made = make_files(options, *request, outcome); !made) return context.fail(made.error());
  print_outcome(options, outcome);
}

}  // namespace

void add_profile(CLI::App& app, Context& context) {
  auto options = std::make_shared<ProfileOptions>();
  CLI::App* verb = add_verb(app, "profile", "Make what a user's device needs to connect with its own VPN client",
                            "  sudo agilevpn profile anna --for windows,apple --out anna/\n  sudo agilevpn profile anna --for all --login certificate --out anna/");
  verb->add_option("USER", options->user, "Who logs in")->required();
  verb->add_option("--for", options->devices, "Which devices; several with commas")->type_name("{windows,windows7,apple,android,strongswan,networkmanager,linux,qr,all}")->required()->delimiter(',')->allow_extra_args(false);
  verb->add_option("--out", options->out, "The folder for the files")->required();
  verb->add_option("--login", options->login, "By default what the gateway takes")->type_name("{password,certificate,eap-tls}");
  verb->add_option("--config", options->configuration, "The gateway's configuration")->capture_default_str();
  verb->add_option("--group", options->group, "The group whose routes and DNS it gets");
  verb->add_option("--ca", options->authorities, "A CA that devices shall trust, instead of the own one")->allow_extra_args(false);
  verb->add_option("--certificate", options->certificate, "The user's certificate with its key (.p12 or PEM), instead of one of the own CA");
  verb->add_option("--certificate-password-file", options->certificate_password, "The password of that file");
  verb->add_option("--password-file", options->password, "The user's password, for --with-passwords");
  verb->add_flag("--with-passwords", options->writes_passwords, "Write passwords into the profiles; else the device asks");
  verb->add_flag("--on-demand", options->is_on_demand, "Connect by itself, where the device can");
  verb->add_option("--sign-certificate", options->signer_certificate, "Sign Apple's profile with this certificate");
  verb->add_option("--sign-key", options->signer_key, "Its key, if it is not in the same file");
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run_profile(*options, context); });
}

}  // namespace agilevpn::cli
