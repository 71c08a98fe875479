#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "cli/verb.h"
#include "control/config/client_config.h"
#include "control/config/credential_files.h"
#include "control/config/gateway_config.h"
#include "control/event_text.h"
#include "gateway/admission.h"

namespace agilevpn::cli {

namespace {

using nlohmann::json;

struct ExplainOptions {
  std::filesystem::path certificate;
  std::string user;
  std::string from;
  std::filesystem::path config = std::filesystem::path{control::config::configuration_directory} / "gateway.toml";
  bool json = false;
};

// The client as it would stand before the gateway.
Result<ike::AuthenticatePeer, Error> peer_of(const ExplainOptions& options) {
  TRY_ASSIGN(const auto chain, control::config::load_certificates(options.certificate));
  ike::AuthenticatePeer peer{.uses_certificate = true};
  for (const auto& certificate : chain) peer.certificates.push_back(certificate.der());
  peer.peer = options.user.empty() ? ike::identity_of(chain.front()) : ike::wire::Identity::parse(options.user);
  if (options.from.empty()) return peer;
  const auto from = IpAddress::parse(options.from);
  if (!from) return Failure{Error{fmt::format("'{}' is no IP address", options.from), {}}};
  peer.path.peer.address = *from;
  return peer;
}

Result<control::config::GatewayConfig, Error> load(const std::filesystem::path& file) {
  auto config = control::config::load_gateway(file);
  if (!config)
    return Failure{Error{config.error().front().what, fmt::format("every mistake: agilevpn check {}", file.string())}};
  return *std::move(config);
}

json to_json(const gateway::RuleVerdict& verdict) {
  json checks = json::array();
  for (const crypto::CertificateCheck& check : verdict.checks)
    checks.push_back({{"check", to_string(check.fact.check)},
                      {"good", check.is_good},
                      {"certificate", check.fact.certificate},
                      {"expected", check.fact.expected},
                      {"found", check.fact.found}});
  return {{"rule", verdict.rule->name},
          {"admits", crypto::first_failed(verdict.checks) == nullptr},
          {"checks", std::move(checks)}};
}

void print(const gateway::RuleVerdict& verdict) {
  fmt::print("rule {}: {}\n", verdict.rule->name, crypto::first_failed(verdict.checks) ? "no" : "yes");
  for (const crypto::CertificateCheck& check : verdict.checks) {
    const std::string wanted = check.is_good ? "" : fmt::format(" (expected: {})", check.fact.expected);
    fmt::print("  {:<5} {:<19} {}{}\n", check.is_good ? "ok" : "no", to_string(check.fact.check),
               control::printable(check.fact.found), control::printable(wanted));
  }
}

std::string routes_of(const gateway::ConnectionRule& rule) {
  std::vector<std::string> routes;
  for (const IpPrefix& route : rule.routes) routes.push_back(route.to_string());
  return fmt::format("{}", fmt::join(routes, ", "));
}

void explain(const ExplainOptions& options, Context& context) {
  const auto peer = peer_of(options);
  if (!peer) return context.fail(peer.error());
  const auto loaded = load(options.config);
  if (!loaded) return context.fail(loaded.error());
  const gateway::Config& config = loaded->gateway;
  const auto verdicts = gateway::judge_certificate(config, loaded->credentials, *peer, wall_now());
  const auto admitted = gateway::admit(config, loaded->credentials, *peer, wall_now());
  context.exit_status = admitted ? 0 : 1;
  if (options.json) {
    json out{{"identity", peer->peer.to_string()}, {"admitted", admitted.has_value()}, {"rules", json::array()}};
    out["rule"] = admitted ? json(admitted->rule->name) : json(nullptr);
    out["reason"] = admitted ? json(nullptr) : json(admitted.error().reason);
    for (const auto& verdict : verdicts) out["rules"].push_back(to_json(verdict));
    return print_json(out);
  }
  fmt::print("{}\n", control::printable(peer->peer.to_string()));
  for (const auto& verdict : verdicts) print(verdict);
  if (admitted)
    fmt::print("rule {} lets it in, to {}\n", admitted->rule->name, routes_of(*admitted->rule));
  else
    fmt::print("refused{}\n", verdicts.empty() ? ": " + admitted.error().reason : "");
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* verb = add_verb(app, "explain",
                            "Say which of the gateway's rules lets a client's certificate in, and what each rule finds",
                            "  agilevpn explain --certificate anna.pem\n  agilevpn explain --certificate anna.pem "
                            "--user anna@example.org --config gateway.toml");
  verb->add_option("--certificate", options->certificate, "The client's certificate, and the CAs that it sends with it")
      ->required();
  verb->add_option("--user", options->user,
                   "Who it says that it is; by default the certificate's e-mail address, DNS name or subject");
  verb->add_option("--from", options->from, "The address that it comes from");
  verb->add_option("--config", options->config, "The gateway's configuration")->capture_default_str();
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { explain(*options, context); });
}

}  // namespace agilevpn::cli
