#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "cli/verb.h"

namespace agilevpn::cli {

namespace {

// The script: where AGILEVPN_LAB says, in the source tree that this program was built in, or where it was installed.
std::optional<std::filesystem::path> find_script() {
  std::vector<std::filesystem::path> places;
  if (const char* given = std::getenv("AGILEVPN_LAB")) places.emplace_back(std::filesystem::path(given) / "lab.py");
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);  // build/release/bin/agilevpn
  places.push_back(program.parent_path() / "../../../lab/lab.py");
  places.emplace_back(program.parent_path() / "../share/agilevpn/lab/lab.py");
  for (const auto& place : places) {
    if (std::filesystem::exists(place)) return place.lexically_normal();
  }
  return std::nullopt;
}

Error run_script(const std::filesystem::path& script, const std::vector<std::string>& words) {
  std::vector<std::string> command = {"python3", script.string()};
  command.insert(command.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return {fmt::format("cannot run python3: {}", std::strerror(errno)), "install python3"};
}

}  // namespace

void add_lab(CLI::App& app, Context& context) {
  CLI::App* verb = add_verb(app, "lab", "Play with the virtual lab: up, show, pull, plug, block, unblock, down, demo",
                            "  agilevpn lab up\n  agilevpn lab pull eth0\n  agilevpn lab --help");
  verb->prefix_command()->fallthrough(false);  // What follows is the script's, --help too.
  verb->set_help_flag();
  verb->callback([verb, &context] {
    const auto script = find_script();
    if (!script) return context.fail({"the lab's script is not there", "set AGILEVPN_LAB to the folder that holds lab.py"});
    context.fail(run_script(*script, verb->remaining()));
  });
}

}  // namespace agilevpn::cli
