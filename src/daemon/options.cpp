#include "daemon/options.h"

#include <CLI/CLI.hpp>

namespace agilevpn::daemon {

namespace {

constexpr auto examples = R"(Examples:
  agilevpnd --config /etc/agilevpn/gateway.toml
  agilevpnd --config /etc/agilevpn/client.toml --log ike --events events.jsonl

It stays in the foreground and logs to standard error, as systemd wants it. SIGTERM ends it, SIGHUP reads the
configuration anew.)";

}  // namespace

std::variant<Options, int> parse_options(int argc, char** argv) {
  Options options;
  std::string role, detail = "steps", events;
  CLI::App app{"agilevpnd: the AgileVPN daemon, a gateway or a client by its configuration"};
  app.set_version_flag("--version", AGILEVPN_VERSION);
  app.footer(examples);
  app.add_option("--config", options.config, "gateway.toml or client.toml")->required();
  app.add_option("--role", role, "If the file's name does not say it")->check(CLI::IsMember({"gateway", "client"}));
  app.add_option("--log", detail, "What is logged: steps, or ike for every message too")
      ->check(CLI::IsMember({"steps", "ike"}));
  app.add_option("--events", events, "Append every event to this file as a line of JSON");
  app.add_flag("--check", options.checks_only, "Only read the configuration and say what is wrong with it");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (role.empty()) role = options.config.stem().string().starts_with("client") ? "client" : "gateway";
  options.role = role == "client" ? Role::Client : Role::Gateway;
  options.detail = detail == "ike" ? control::LogDetail::Ike : control::LogDetail::Steps;
  if (!events.empty()) options.events = events;
  return options;
}

}  // namespace agilevpn::daemon
