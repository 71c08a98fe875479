#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ranges>

#include "cli/login_kinds.h"
#include "cli/profile_login.h"
#include "cli/verb.h"
#include "control/config/credential_files.h"
#include "control/files/file.h"
#include "control/files/pki_store.h"
#include "gateway/authorization.h"
#include "profiles/device.h"
#include "profiles/gateway_request.h"

namespace agilevpn::cli {

namespace {

using control::config::GatewayConfig;
using control::files::PkiStore;
using profiles::LoginKind;
using profiles::Request;
using std::filesystem::path;

struct ProfileOptions : LoginOptions {
  std::vector<std::string> devices;
  path out;
  path configuration = path(control::config::configuration_directory) / "gateway.toml";
  std::string group;
  std::vector<path> authorities;
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
  bool is_locked = false;  // There are files that it opens.
};

// ---- the gateway

// Of the gateway's certificate and of those between it and its CA.
Result<std::vector<std::string>, Error> issuers_of(const GatewayConfig& config) {
  std::vector<std::string> out;
  for (const Bytes& der : config.gateway.certificate->chain) {
    TRY_ASSIGN(const auto certificate, crypto::Certificate::from_der(der));
    out.push_back(certificate.issuer());
  }
  return out;
}

// The own CA; nothing if there is none.
Result<std::vector<crypto::Certificate>, Error> own_authority(const GatewayConfig& config) {
  const path file = PkiStore::ca_file(config.host.state_directory / "pki");
  TRY_ASSIGN(const bool is_there, control::files::has(file));
  if (!is_there) return std::vector<crypto::Certificate>{};
  return control::config::load_certificates(file);
}

// The CAs that devices must be told: the gateway's first, since some devices take one; the own one if no other is it.
Result<std::vector<crypto::Certificate>, Error> authorities(const ProfileOptions& options, const GatewayConfig& config,
                                                            Outcome& outcome) {
  std::vector<crypto::Certificate> out;
  for (const path& file : options.authorities) {
    TRY_ASSIGN(auto loaded, control::config::load_certificates(file));
    std::ranges::move(loaded, std::back_inserter(out));
  }
  if (!config.gateway.certificate) return out;
  TRY_ASSIGN(const auto issuers, issuers_of(config));
  const auto is_gateways = [&](const crypto::Certificate& ca) {
    return std::ranges::count(issuers, ca.subject()) != 0;
  };
  if (std::ranges::none_of(out, is_gateways)) {
    TRY_ASSIGN(auto own, own_authority(config));
    std::ranges::copy_if(own, std::back_inserter(out), is_gateways);
  }
  std::ranges::stable_partition(out, is_gateways);
  if (std::ranges::none_of(out, is_gateways))
    outcome.notes.push_back(fmt::format(
        "{}: devices must know the gateway's issuer, {}; else give --ca FILE",
        out.empty() ? "no CA goes into the profiles" : "none of these CAs is the gateway's", issuers.front()));
  return out;
}

// Inside TLS it is the RADIUS server that must prove a name.
void note_server(const ProfileOptions& options, const Request& request, const std::vector<LoginKind>& kinds,
                 Outcome& outcome) {
  if (!request.is_relayed || !options.server.empty() || std::ranges::none_of(kinds, profiles::is_in_tls)) return;
  outcome.notes.push_back(
      fmt::format("devices believe a RADIUS server that proves to be {}, by one of the CAs in the profiles: "
                  "else --login-server NAME and --ca FILE",
                  request.identity));
}

Result<std::optional<profiles::ProfileSigner>, Error> load_signer(const ProfileOptions& options) {
  if (options.signer_certificate.empty()) return std::nullopt;
  const std::optional<path> key = options.signer_key.empty() ? std::nullopt : std::optional{options.signer_key};
  TRY_ASSIGN(auto own, control::config::load_own_certificate(options.signer_certificate, key, {}));
  std::vector<crypto::Certificate> chain{std::move(own.certificate)};
  std::ranges::move(own.chain, std::back_inserter(chain));
  return profiles::ProfileSigner{std::move(chain), std::move(own.key)};
}

// With the login's kinds, of which each device gets the first that its client knows.
Result<std::pair<Request, std::vector<LoginKind>>, Error> make_request(const ProfileOptions& options,
                                                                       Outcome& outcome) {
  auto config = control::config::load_gateway(options.configuration);
  if (!config) return Failure{config.error().front()};
  TRY_ASSIGN(auto chosen, choose_login(options, *config, outcome.notes));
  outcome.certificate_password = chosen.certificate_password;
  TRY_ASSIGN(const auto* entry, profiles::rule_for(*config, chosen.login, wall_now()));
  const std::optional<std::string> asked = options.group.empty() ? std::nullopt : std::optional{options.group};
  TRY_ASSIGN(const auto group, find_group(*config, options.user, asked, entry->name));
  const auto rule = gateway::with_group(config->gateway, *entry, group);
  TRY_ASSIGN(auto trusted, authorities(options, *config, outcome));
  auto request = profiles::request_of(*config, rule, std::move(trusted), std::move(chosen.login));
  request.login_server = options.server;
  request.is_on_demand = options.is_on_demand;
  note_server(options, request, chosen.kinds, outcome);
  return std::pair{std::move(request), std::move(chosen.kinds)};
}

// ---- the files

Result<std::vector<profiles::Device>, Error> devices_of(const std::vector<std::string>& names) {
  std::vector<profiles::Device> out;
  for (const std::string& name : names) {
    if (name == "all") return profiles::all_devices();
    const auto device = profiles::parse_device(name);
    if (!device)
      return Failure{Error{fmt::format("there is no device '{}'", name),
                           "windows, windows7, apple, android, strongswan, networkmanager, linux, qr or all"}};
    out.push_back(*device);
  }
  return out;
}

LoginKind kind_for(profiles::Device device, const std::vector<LoginKind>& kinds, profiles::GatewayProof proof) {
  const auto known =
      std::ranges::find_if(kinds, [&](LoginKind kind) { return !profiles::missing_login(device, kind, proof); });
  return known == kinds.end() ? kinds.front() : *known;
}

// Under "all", a device that this gateway cannot serve is a note; asked for by name it is a failure.
Result<void, Error> make_files(const ProfileOptions& options, Request& request, const std::vector<LoginKind>& kinds,
                               Outcome& outcome) {
  TRY_ASSIGN(const auto devices, devices_of(options.devices));
  TRY_ASSIGN(const auto signer, load_signer(options));
  for (const profiles::Device device : devices) {
    request.login.kind = kind_for(device, kinds, request.proof);
    auto files = profiles::write_profile(device, request, signer ? &*signer : nullptr);
    if (files) {
      outcome.is_locked |= request.uses_certificate() && profiles::locks_certificate(device);
      std::ranges::move(*files, std::back_inserter(outcome.files));
    } else if (devices.size() == 1 || devices.size() < profiles::all_devices().size()) {
      return Failure{files.error()};
    } else {
      outcome.notes.push_back(fmt::format("skipped {}: {}", profiles::to_string(device), files.error().to_string()));
    }
  }
  if (!outcome.is_locked) outcome.certificate_password.clear();
  for (const profiles::File& file : outcome.files) {
    const auto readers = file.is_secret ? control::files::Readers::OwnerOnly : control::files::Readers::Everyone;
    TRY(control::files::write(options.out / file.name, as_bytes(file.content), readers));
  }
  return {};
}

void print_outcome(const ProfileOptions& options, const Outcome& outcome) {
  if (options.json) {
    auto files = nlohmann::json::array();
    for (const profiles::File& file : outcome.files)
      files.push_back({{"file", (options.out / file.name).string()}, {"what", file.what}, {"secret", file.is_secret}});
    return print_json(
        {{"user", options.user},
         {"files", files},
         {"notes", outcome.notes},
         {"password", outcome.certificate_password.empty() ? nlohmann::json(nullptr)
                                                           : nlohmann::json(outcome.certificate_password)}});
  }
  for (const std::string& note : outcome.notes) fmt::print("{}\n", note);
  for (const profiles::File& file : outcome.files) {
    if (!file.what.empty()) fmt::print("{:<44} {}\n", (options.out / file.name).string(), file.what);
  }
  if (outcome.certificate_password.empty()) return;
  fmt::print("\nThe password of the certificate in them: {}\n{}\n", outcome.certificate_password,
             options.writes_passwords
                 ? "It stands in the files too: hand them over by a way that only the user can read."
                 : "Tell it to the user by another way than the files.");
}

void run_profile(const ProfileOptions& options, Context& context) {
  Outcome outcome;
  auto request = make_request(options, outcome);
  if (!request) return context.fail(request.error());
  if (const auto made = make_files(options, request->first, request->second, outcome); !made)
    return context.fail(made.error());
  print_outcome(options, outcome);
}

}  // namespace

void add_profile(CLI::App& app, Context& context) {
  auto options = std::make_shared<ProfileOptions>();
  CLI::App* verb = add_verb(app, "profile", "Make what a user's device needs to connect with its own VPN client",
                            "  sudo agilevpn profile anna --for windows,apple --out anna/\n  sudo agilevpn profile "
                            "anna --for all --login certificate --out anna/");
  add_login_options(verb, *options);
  verb->add_option("--for", options->devices, "Which devices; several with commas")
      ->type_name("{windows,windows7,apple,android,strongswan,networkmanager,linux,qr,all}")
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--out", options->out, "The folder for the files")->required();
  verb->add_option("--config", options->configuration, "The gateway's configuration")->capture_default_str();
  verb->add_option("--group", options->group, "The group whose routes and DNS it gets");
  verb->add_option("--ca", options->authorities,
                   "One more CA that devices shall trust; the own one is there if it issued the gateway's certificate")
      ->allow_extra_args(false);
  verb->add_flag("--on-demand", options->is_on_demand, "Connect by itself, where the device can");
  verb->add_option("--sign-certificate", options->signer_certificate, "Sign Apple's profile with this certificate");
  verb->add_option("--sign-key", options->signer_key, "Its key, if it is not in the same file");
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run_profile(*options, context); });
}

}  // namespace agilevpn::cli
