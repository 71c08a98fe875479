#include <fmt/format.h>

#include "cli/status_text.h"
#include "cli/verb.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

struct StatusOptions {
  std::string name;
  bool json = false;
};

void show_one(const control::Status& status, const std::string& name, Context& context) {
  bool is_found = false;
  for (const auto& session : status.sessions) {
    if (session.name != name && std::to_string(session.id) != name) continue;
    fmt::print("{}", session_text(session, wall_now()));
    is_found = true;
  }
  if (!is_found) context.fail({fmt::format("no session of '{}'", name), "see: agilevpn list"});
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* verb = add_verb(app, "status", "Show the daemon's connections: state, adapter, addresses, suites, traffic",
                            "  agilevpn status\n  agilevpn status anna");
  verb->add_option("NAME", options->name, "Only this connection, user or session id, with everything known of it");
  add_json_flag(verb, options->json);
  verb->callback([options, &context] {
    const auto answer = context.daemon().get("/v1/status");
    if (!answer) return context.fail(answer.error());
    if (options->json) return print_json(*answer);
    const auto status = answer->get<control::Status>();
    if (!options->name.empty()) return show_one(status, options->name, context);
    fmt::print("{}", status_text(status, wall_now()));
  });
}

}  // namespace agilevpn::cli
