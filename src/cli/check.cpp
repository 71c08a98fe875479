#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/verb.h"
#include "control/config/client_config.h"
#include "control/config/document.h"
#include "control/config/gateway_config.h"
#include "diagnosis/certificate_end.h"

namespace agilevpn::cli {

namespace {

using control::config::Mistake;
using control::config::Node;

struct CheckOptions {
  std::filesystem::path file;
  std::string role;  // "gateway", "client"; empty: find out.
  bool json = false;
};

struct Report {
  std::vector<Mistake> mistakes;
  std::vector<Mistake> warnings;
};

void add_certificate_end(const std::optional<ike::CertificateAuth>& own, std::vector<Mistake>& warnings) {
  if (auto warning = own ? diagnosis::certificate_warning(*own, wall_now()) : std::nullopt)
    warnings.push_back({{*std::move(warning), ""}, 0, ""});
}

Report report_on(Result<control::config::GatewayConfig, std::vector<Mistake>> config) {
  if (!config) return {std::move(config).error(), {}};
  Report report{{}, std::move(config->warnings)};
  add_certificate_end(config->gateway.certificate, report.warnings);
  return report;
}

Report report_on(Result<control::config::ClientConfig, std::vector<Mistake>> config) {
  if (!config) return {std::move(config).error(), {}};
  Report report{{}, std::move(config->warnings)};
  for (const auto& connection : config->connections)
    add_certificate_end(diagnosis::own_certificate(connection.profile), report.warnings);
  return report;
}

nlohmann::json to_json(const Mistake& mistake, std::string_view severity) {
  nlohmann::json out{
      {"severity", severity}, {"what", mistake.what}, {"help", mistake.help}, {"line", nullptr}, {"key", nullptr}};
  if (mistake.line > 0) out["line"] = mistake.line;
  if (!mistake.key.empty()) out["key"] = mistake.key;
  return out;
}

void print(const Report& report, const std::filesystem::path& file) {
  for (const Mistake& mistake : report.mistakes) fmt::print("{}\n", mistake.to_string());
  for (const Mistake& warning : report.warnings) fmt::print("warning: {}\n", warning.to_string());
  if (!report.mistakes.empty()) return;
  fmt::print("{} is good{}\n", file.string(), report.warnings.empty() ? "" : ", apart from that");
}

// "gateway" or "client", by what stands in the file; empty if neither does. A connection has a gateway, and a gateway has
// addresses for clients.
Result<std::string, Mistake> role_by_content(const std::filesystem::path& file) {
  TRY_ASSIGN(const auto document, control::config::load_document(file, ""));
  for (const auto& [key, line, node] : *document.root.as<Node::Table>()) {
    if (key == "pool" || key == "name") return "gateway";
    const auto* table = node.as<Node::Table>();
    if (table && std::ranges::count(*table, "gateway", &control::config::Entry::key) > 0) return "client";
  }
  return "";
}

Result<std::string, Mistake> role_of(const CheckOptions& options) {
  if (!options.role.empty()) return options.role;
  const std::string name = options.file.stem().string();
  for (const char* role : {"client", "gateway"})
    if (name.starts_with(role)) return role;
  return role_by_content(options.file);
}

Report report_on(const CheckOptions& options) {
  const auto role = role_of(options);
  if (!role) return {{role.error()}, {}};
  if (*role == "gateway") return report_on(control::config::read_gateway(options.file));
  if (*role == "client") return report_on(control::config::read_client(options.file));
  const std::string what =
      fmt::format("{} does not say whether it is a gateway's or a client's", options.file.string());
  return {{Mistake{{what, "say it: --role gateway, or --role client"}, 0, ""}}, {}};
}

void run(const CheckOptions& options, Context& context) {
  const Report report = report_on(options);
  context.exit_status = report.mistakes.empty() ? 0 : 1;
  if (!options.json) return print(report, options.file);
  auto out = nlohmann::json::array();
  for (const Mistake& mistake : report.mistakes) out.push_back(to_json(mistake, "mistake"));
  for (const Mistake& warning : report.warnings) out.push_back(to_json(warning, "warning"));
  print_json(out);
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* verb = add_verb(app, "check", "Read a configuration and say every mistake with its line",
                            "  agilevpn check /etc/agilevpn/gateway.toml");
  verb->add_option("FILE", options->file, "gateway.toml or client.toml")->required();
  verb->add_option("--role", options->role, "Whose it is, if neither its name nor what is in it says so")
      ->check(CLI::IsMember({"gateway", "client"}));
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run(*options, context); });
}

}  // namespace agilevpn::cli
