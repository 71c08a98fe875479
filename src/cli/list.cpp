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

struct GroupInUse {
  control::ConnectionStatus group;
  std::size_t sessions = 0;
};

// A gateway's groups of users, and how many of each are connected: the configuration's, and those of its database that are in use.
std::vector<GroupInUse> groups_of(const std::vector<control::ConnectionStatus>& configured,
                                  const control::Status& status) {
  std::vector<GroupInUse> groups;
  for (const auto& group : configured) groups.push_back({group});
  for (const auto& session : status.sessions) {
    auto found = std::ranges::find(groups, session.group, [](const GroupInUse& one) { return one.group.name; });
    if (found == groups.end()) {
      auto kept = configured.empty() ? control::ConnectionStatus{} : configured.back();
      kept.name = session.group;
      found = groups.insert(groups.end(), {std::move(kept)});
    }
    ++found->sessions;
  }
  return groups;
}

nlohmann::json to_json(const std::vector<GroupInUse>& groups) {
  auto all = nlohmann::json::array();
  for (const auto& [group, sessions] : groups) {
    all.push_back(group);
    all.back()["sessions"] = sessions;
  }
  return all;
}

void print_groups(const std::vector<GroupInUse>& groups) {
  Table table({"GROUP", "SESSIONS"});
  for (const auto& [group, sessions] : groups) table.add({group.name, std::to_string(sessions)});
  fmt::print("{}Groups that agilevpn group keeps, in use or not: agilevpn group list\n", table.text());
}

Result<void, Error> list(const control::Client& daemon, bool json) {
  TRY_ASSIGN(const auto answer, daemon.get("/v1/connections"));
  const auto all = answer.get<std::vector<control::ConnectionStatus>>();
  TRY_ASSIGN(const auto said, daemon.get("/v1/status"));
  const auto status = said.get<control::Status>();
  if (status.role == "gateway") {
    const auto groups = groups_of(all, status);
    json ? print_json(to_json(groups)) : print_groups(groups);
  } else {
    json ? print_json(answer) : print_connections(all);
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
