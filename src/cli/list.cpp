#include <fmt/format.h>

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

}  // namespace

void add_list(CLI::App& app, Context& context) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = add_verb(app, "list", "List a client's connections, or a gateway's groups of users",
                            "  agilevpn list\n  agilevpn list --json");
  add_json_flag(verb, *json);
  verb->callback([json, &context] {
    const auto answer = context.daemon().get("/v1/connections");
    if (!answer) return context.fail(answer.error());
    if (*json) return print_json(*answer);
    print_connections(answer->get<std::vector<control::ConnectionStatus>>());
  });
}

}  // namespace agilevpn::cli
