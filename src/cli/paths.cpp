#include <fmt/format.h>

#include "cli/text.h"
#include "cli/verb.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

void print_paths(const std::vector<control::PathStatus>& paths) {
  Table table({"RANK", "CONNECTION", "ADAPTER", "TYPE", "FROM", "TO", "STATE", "ROUND TRIP"});
  for (const auto& p : paths) {
    table.add({p.rank == 0 ? "-" : std::to_string(p.rank), p.connection, p.adapter, p.type, p.local_address, p.peer_address, p.state,
               p.round_trip_ms ? fmt::format("{:.1f} ms", *p.round_trip_ms) : "-"});
  }
  fmt::print("{}", table.text());
}

}  // namespace

void add_paths(CLI::App& app, Context& context) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = add_verb(app, "paths", "Show every way to the gateway, the most wanted first", "  agilevpn paths");
  add_json_flag(verb, *json);
  verb->callback([json, &context] {
    const auto answer = context.daemon().get("/v1/paths");
    if (!answer) return context.fail(answer.error());
    if (*json) return print_json(*answer);
    print_paths(answer->get<std::vector<control::PathStatus>>());
  });
}

}  // namespace agilevpn::cli
