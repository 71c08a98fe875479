#include <fmt/format.h>

#include "cli/sessions.h"
#include "cli/verb.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

Result<void, Error> move_to(const control::Client& daemon, const std::string& adapter, const std::string& name) {
  TRY_ASSIGN(const auto answer, daemon.get("/v1/status"));
  const auto status = answer.get<control::Status>();
  if (status.role == "gateway") return Failure{Error{"a gateway has no adapter to choose", "its clients move"}};
  TRY_ASSIGN(const auto sessions, meant(status, name));
  const std::string& connection = sessions.front().name;
  TRY(daemon.post("/v1/move", {{"name", connection}, {"adapter", adapter}}));
  if (adapter.empty())
    fmt::print("{} prefers what client.toml says\n", connection);
  else
    fmt::print("{} prefers {}: it moves there as soon as that is up and the gateway answers on it\n", connection,
               adapter);
  return {};
}

}  // namespace

void add_move(CLI::App& app, Context& context) {
  struct Options {
    std::string adapter, name;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      add_verb(app, "move", "Move a connection to another network adapter and prefer that, until it is down",
               "  agilevpn move wlan0\n  agilevpn move        # prefer again what client.toml says");
  verb->add_option("ADAPTER", options->adapter, "As `agilevpn paths` names it; without one, as client.toml prefers");
  verb->add_option("NAME", options->name, "A connection of client.toml; not needed for the only one that is up");
  verb->callback([options, &context] {
    if (const auto done = move_to(context.daemon(), options->adapter, options->name); !done) context.fail(done.error());
  });
}

}  // namespace agilevpn::cli
