#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/verb.h"
#include "control/config/client_config.h"
#include "control/config/gateway_config.h"
#include "diagnosis/certificate_end.h"

namespace agilevpn::cli {

namespace {

using control::config::Mistake;

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

void run(const std::filesystem::path& file, bool json, Context& context) {
  const bool is_client = file.stem().string().starts_with("client");
  const Report report =
      is_client ? report_on(control::config::read_client(file)) : report_on(control::config::read_gateway(file));
  context.exit_status = report.mistakes.empty() ? 0 : 1;
  if (!json) return print(report, file);
  auto out = nlohmann::json::array();
  for (const Mistake& mistake : report.mistakes) out.push_back(to_json(mistake, "mistake"));
  for (const Mistake& warning : report.warnings) out.push_back(to_json(warning, "warning"));
  print_json(out);
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  struct Options {
    std::filesystem::path file;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(app, "check", "Read a configuration and say every mistake with its line",
                            "  agilevpn check /etc/agilevpn/gateway.toml");
  verb->add_option("FILE", options->file, "gateway.toml or client.toml")->required();
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run(options->file, options->json, context); });
}

}  // namespace agilevpn::cli
