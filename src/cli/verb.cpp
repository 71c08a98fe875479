#include "cli/verb.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace agilevpn::cli {

void Context::fail(const Error& error) {
  fmt::print(stderr, "agilevpn: {}\n", error.what);
  if (!error.help.empty()) fmt::print(stderr, "  {}\n", error.help);
  exit_status = 1;
}

void Context::refuse(const Error& error) {
  fail(error);
  exit_status = 2;
}

CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& sentence, const std::string& example) {
  CLI::App* verb = app.add_subcommand(name, sentence);
  verb->footer("Example:\n" + example);
  return verb;
}

std::string command_of(const CLI::App& verb) {
  return verb.get_parent() ? command_of(*verb.get_parent()) + " " + verb.get_name() : "agilevpn";
}

void add_json_flag(CLI::App* verb, bool& json) { verb->add_flag("--json", json, "Print JSON for programs"); }

void print_json(const nlohmann::json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

WallTime wall_now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

}  // namespace agilevpn::cli
