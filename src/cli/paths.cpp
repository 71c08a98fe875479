#include <fmt/format.h>

#include "cli/text.h"
#include "cli/verb.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

Result<nlohmann::json, Error> paths(const control::Client& daemon) {
  TRY_ASSIGN(const auto status, daemon.get("/v1/status"));
  if (status.get<control::Status>().role == "gateway")
    return Failure{
        Error{"a gateway has no paths of its own to choose", "where its clients come from: agilevpn status"}};
  return daemon.get("/v1/paths");
}

void print_paths(const std::vector<control::PathStatus>& paths) {
  Table table({"RANK", "CONNECTION", "ADAPTER", "TYPE", "FROM", "TO", "STATE", "ROUND TRIP"});
  for (const auto& p : paths) {
    table.add({p.rank == 0 ? "-" : std::to_string(p.rank), p.connection, p.adapter, p.type, p.local_address,
               p.peer_address, p.state, p.round_trip_ms ? fmt::format("{:.1f} ms", *p.round_trip_ms) : "-"});
  }
  fmt::print("{}", table.text());
}

}  // namespace

void add_paths(CLI::App& app, Context& context) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = add_verb(app, "paths", "Show every way to the gateway, the most wanted first", "  agilevpn paths");
  add_json_flag(verb, *json);
  verb->callback([json, &context] {
    const auto answer = paths(context.daemon());
    if (!answer) return context.fail(answer.error());
    if (*json) return print_json(*answer);
    const auto known = answer->get<std::vector<control::PathStatus>>();
    if (known.empty())
      return context.fail({"no way to a gateway is known: no connection is up, or no network is there",
                           "agilevpn up connects; agilevpn status says what is up"});
    print_paths(known);
  });
}

}  // namespace agilevpn::cli
