#include <fmt/format.h>

#include <algorithm>

#include "cli/setup_steps.h"
#include "cli/verb.h"
#include "control/config/document.h"
#include "control/config/gateway_config.h"
#include "control/files/file.h"
#include "control/files/pki_store.h"
#include "linux/program.h"
#include "linux/system_random.h"

namespace agilevpn::cli {

using control::files::PkiStore;
using std::filesystem::path;

namespace {

// A unique local prefix of its own (RFC 4193 §3.2), so that two networks that meet later do not clash.
std::string random_ipv6_pool() {
  linux::SystemRandom random;
  const std::string id = to_hex(random.public_bytes(5));
  return fmt::format("fd{}:{}:{}::/64", id.substr(0, 2), id.substr(2, 4), id.substr(6, 4));
}

// The gateway's own certificate, and who issues clients'.
std::string certificate_text(const SetupOptions& options) {
  if (options.certificate.empty()) return "[certificate]\nown-ca = true\n";
  std::string text =
      fmt::format("[certificate]\nfile = \"{}\"\n", std::filesystem::absolute(options.certificate).string());
  if (!options.key.empty()) text += fmt::format("key = \"{}\"\n", std::filesystem::absolute(options.key).string());
  const path pki = std::filesystem::absolute(options.pki_directory());
  return text + fmt::format("\n[clients]\nca = \"{}\"\ncrl = \"{}\"\n", PkiStore::ca_file(pki).string(),
                            PkiStore::crl_file(pki).string());
}

std::string configuration_text(const SetupOptions& options) {
  std::string text = fmt::format("name = \"{}\"\n", options.name);
  if (!options.directory.empty()) text += "state-dir = \"state\"\ncontrol = \"control.sock\"\n";
  if (linux::find_program("nft")) text += "masquerade = true\n";
  text += "\n" + certificate_text(options);
  text += "\n[users]                           # Of `agilevpn user`; certificates of the own CA do as well.\n";
  return text + fmt::format("\n[pool]\nipv4 = \"{}\"\nipv6 = \"{}\"\n", options.pool, random_ipv6_pool());
}

bool has_file(const control::config::GatewayConfig& config, const path& wanted) {
  return std::ranges::any_of(config.files, [&](const path& file) {
    std::error_code is_missing;
    return std::filesystem::equivalent(file, wanted, is_missing);
  });
}

bool has_pool(const gateway::Config& config, std::string_view wanted) {
  return std::ranges::any_of(config.pools,
                             [&](const gateway::PoolConfig& pool) { return pool.prefix.to_string() == wanted; });
}

Failure<Error> is_otherwise(const SetupOptions& options, std::string_view what, const std::string& lines,
                            std::string_view then) {
  return Failure{
      Error{fmt::format("{} is there, and has another {}", options.configuration_file().string(), what),
            fmt::format("write into it, in place of what it has of these tables, then {}:\n\n{}", then, lines)}};
}

Result<Step, Error> make_ca(const SetupOptions& options) {
  const path directory = options.pki_directory();
  TRY_ASSIGN(const bool is_there, control::files::has(PkiStore::ca_file(directory)));
  if (is_there) return Step{"kept", fmt::format("the CA in {}", directory.string()), {}};
  const std::string subject = "CN=" + ("AgileVPN CA of " + options.name).substr(0, common_name_max);
  TRY(PkiStore::init(directory, subject, crypto::KeyType::EcdsaP256, wall_now()));
  return Step{"made", fmt::format("the CA in {}", directory.string()), {}};
}

}  // namespace

path SetupOptions::configuration_file() const {
  return (directory.empty() ? path(control::config::configuration_directory) : directory) / "gateway.toml";
}

path SetupOptions::state_directory() const {
  return directory.empty() ? path(control::config::default_state_directory) : directory / "state";
}

Result<std::optional<std::string>, Error> configured_name(const SetupOptions& options) {
  const path file = options.configuration_file();
  TRY_ASSIGN(const bool is_there, control::files::has(file));
  if (!is_there) return std::nullopt;
  TRY_ASSIGN(const auto document, control::config::load_document(file, ""));
  for (const auto& entry : *document.root.as<control::config::Node::Table>())
    if (const auto* name = entry.node.as<std::string>(); name && entry.key == "name") return *name;
  return std::nullopt;
}

Result<void, Error> check_against_configuration(const SetupOptions& options) {
  TRY_ASSIGN(const bool is_there, control::files::has(options.configuration_file()));
  if (!is_there || (options.certificate.empty() && !options.names_pool)) return {};
  const auto config = control::config::load_gateway(options.configuration_file());
  if (!config) return Failure{config.error().front()};
  if (!options.certificate.empty() && !has_file(*config, options.certificate))
    return is_otherwise(options, "certificate", certificate_text(options), "sudo systemctl reload agilevpn-gateway");
  if (options.names_pool && !has_pool(config->gateway, options.pool))
    return is_otherwise(options, "pool", fmt::format("[pool]\nipv4 = \"{}\"", options.pool),
                        "sudo systemctl restart agilevpn-gateway");
  return {};
}

Result<Steps, Error> make_certificates(const SetupOptions& options) {
  TRY_ASSIGN(Step ca, make_ca(options));
  Steps steps{std::move(ca)};
  if (!options.certificate.empty()) return steps;
  TRY_ASSIGN(PkiStore pki, PkiStore::open(options.pki_directory()));
  const auto* issued = pki.find(options.name);
  const bool is_good = issued && !issued->revoked && issued->not_after > wall_now();
  if (!is_good) TRY(pki.issue({.name = options.name, .is_gateway = true}, wall_now()));
  steps.push_back({is_good ? "kept" : "made", fmt::format("a certificate for {}", options.name), {}});
  return steps;
}

Result<Step, Error> write_configuration(const SetupOptions& options) {
  const path file = options.configuration_file();
  TRY_ASSIGN(const bool is_there, control::files::has(file));
  if (!is_there)  // Pre-shared keys and RADIUS secrets may come to stand in it.
    TRY(control::files::write(file, as_bytes(configuration_text(options)), control::files::Readers::OwnerOnly));
  const auto config = control::config::load_gateway(file);
  if (!config) return Failure{config.error().front()};
  return Step{is_there ? "kept" : "made", file.string(), {}};
}

}  // namespace agilevpn::cli
