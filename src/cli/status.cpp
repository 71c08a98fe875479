#include <fmt/format.h>

#include <set>

#include "cli/sessions.h"
#include "cli/status_text.h"
#include "cli/verb.h"
#include "control/event_text.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

struct StatusOptions {
  std::string name;
  bool only_names = false;
  bool json = false;
};

void show_one(const control::Status& status, const std::string& name, Context& context) {
  const auto found = meant(status, name);
  if (!found) return context.fail(found.error());
  for (const auto& session : *found) fmt::print("{}", session_text(status, session, wall_now()));
}

void show_names(const control::Status& status) {
  std::set<std::string> names;
  for (const auto& session : status.sessions) names.insert(session.name);
  for (const std::string& name : names) fmt::print("{}\n", control::printable(name));
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* verb = add_verb(app, "status", "Show the daemon's connections: state, adapter, addresses, suites, traffic",
                            "  agilevpn status\n  agilevpn status anna");
  verb->add_option("NAME", options->name, "Only this connection, user or session id, with everything known of it");
  verb->add_flag("--names", options->only_names, "Only the names, a line each");
  add_json_flag(verb, options->json);
  verb->callback([options, &context] {
    const auto answer = context.daemon().get("/v1/status");
    if (!answer) return context.fail(answer.error());
    if (options->json) return print_json(*answer);
    const auto status = answer->get<control::Status>();
    if (options->only_names) return show_names(status);
    if (!options->name.empty()) return show_one(status, options->name, context);
    fmt::print("{}", status_text(status, wall_now()));
  });
}

}  // namespace agilevpn::cli
