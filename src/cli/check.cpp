#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/verb.h"
#include "control/config/client_config.h"
#include "control/config/gateway_config.h"

namespace agilevpn::cli {

namespace {

std::vector<Error> mistakes_of(const std::filesystem::path& file) {
  if (file.stem().string().starts_with("client")) {
    auto config = control::config::load_client(file);
    return config ? std::vector<Error>{} : std::move(config).error();
  }
  auto config = control::config::load_gateway(file);
  return config ? std::vector<Error>{} : std::move(config).error();
}

void run(const std::filesystem::path& file, bool json, Context& context) {
  const auto mistakes = mistakes_of(file);
  context.exit_status = mistakes.empty() ? 0 : 1;
  if (json) {
    auto out = nlohmann::json::array();
    for (const Error& mistake : mistakes) out.push_back({{"what", mistake.what}, {"help", mistake.help}});
    return print_json(out);
  }
  for (const Error& mistake : mistakes) fmt::print("{}\n", mistake.to_string());
  if (mistakes.empty()) fmt::print("{} is good\n", file.string());
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  struct Options {
    std::filesystem::path file;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(app, "check", "Read a configuration and say every mistake with its line",
                            "  agilevpn check /etc/agilevpn/gateway.toml");
  verb->add_option("FILE", options->file, "gateway.toml or client.toml")->required();
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run(options->file, options->json, context); });
}

}  // namespace agilevpn::cli
