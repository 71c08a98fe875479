#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"
#include "cli/verb.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

void print_connections(const std::vector<control::ConnectionStatus>& connections) {
  Table table({"NAME", "STATE", "GATEWAY", "AS", "AUTOMATIC"});
  for (const auto& c : connections) table.add({c.name, c.state, c.gateway, c.identity, c.is_automatic ? "yes" : "no"});
  fmt::print("{}", table.text());
}

// A gateway's groups of users, and how many of each are connected: the configuration's, and those of its database that are in use.
void print_groups(const std::vector<control::ConnectionStatus>& groups, const control::Status& status) {
  std::vector<std::string> names;
  for (const auto& group : groups) names.push_back(group.name);
  for (const auto& session : status.sessions)
    if (std::ranges::find(names, session.group) == names.end()) names.push_back(session.group);
  Table table({"GROUP", "SESSIONS"});
  for (const auto& name : names)
    table.add({name, std::to_string(std::ranges::count(status.sessions, name, &control::SessionStatus::group))});
  fmt::print("{}Groups that agilevpn group keeps, in use or not: agilevpn group list\n", table.text());
}

Result<void, Error> list(const control::Client& daemon, bool json) {
  TRY_ASSIGN(const auto answer, daemon.get("/v1/connections"));
  if (json) return print_json(answer), Result<void, Error>{};
  const auto all = answer.get<std::vector<control::ConnectionStatus>>();
  TRY_ASSIGN(const auto said, daemon.get("/v1/status"));
  const auto status = said.get<control::Status>();
  if (status.role == "gateway") {
    print_groups(all, status);
  } else {
    print_connections(all);
  }
  return {};
}

}  // namespace

void add_list(CLI::App& app, Context& context) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = add_verb(app, "list", "List a client's connections, or a gateway's groups of users",
                            "  agilevpn list\n  agilevpn list --json");
  add_json_flag(verb, *json);
  verb->callback([json, &context] {
    if (const auto done = list(context.daemon(), *json); !done) context.fail(done.error());
  });
}

}  // namespace agilevpn::cli
