#include <nlohmann/json.hpp>

#include "cli/verb.h"

namespace agilevpn::cli {

void add_move(CLI::App& app, Context& context) {
  struct Options {
    std::string adapter, name;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(app, "move", "Move a connection to another network adapter and prefer that, until it is down",
                            "  agilevpn move wlan0\n  agilevpn move        # prefer again what client.toml says");
  verb->add_option("ADAPTER", options->adapter, "As `agilevpn paths` names it; without one, as client.toml prefers");
  verb->add_option("NAME", options->name, "A connection of client.toml; not needed if there is only one");
  verb->callback([options, &context] {
    const auto done = context.daemon().post("/v1/move", {{"name", options->name}, {"adapter", options->adapter}});
    if (!done) context.fail(done.error());
  });
}

}  // namespace agilevpn::cli
