#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "cli/verb.h"
#include "control/files/file.h"

namespace agilevpn::cli {

namespace {

std::filesystem::path own_folder() {
  std::error_code failed;
  return std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();  // build/release/bin
}

// The script: where AGILEVPN_LAB says, in the source tree that this program was built in, or where it was installed.
std::optional<std::filesystem::path> find_script() {
  std::vector<std::filesystem::path> places;
  if (const char* given = std::getenv("AGILEVPN_LAB")) places.emplace_back(std::filesystem::path(given) / "lab.py");
  places.push_back(own_folder() / "../../../lab/lab.py");
  places.push_back(own_folder() / "../share/agilevpn/lab/lab.py");
  for (const auto& place : places) {
    if (control::files::has(place).value_or(false)) return place.lexically_normal();
  }
  return std::nullopt;
}

Error run_script(const std::filesystem::path& script, const std::vector<std::string>& words) {
  // The system's, which has what ./setup installs; another one may come first in PATH.
  std::vector<std::string> command = {"/usr/bin/python3", script.string()};
  command.insert(command.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  return {fmt::format("cannot run {}: {}", command[0], std::strerror(errno)), "apt install python3"};
}

}  // namespace

void add_lab(CLI::App& app, Context& context) {
  CLI::App* verb = add_verb(app, "lab", "Play with the virtual lab: up, show, pull, plug, block, unblock, down, demo",
                            "  agilevpn lab up\n  agilevpn lab pull eth0\n  agilevpn lab --help");
  verb->prefix_command()->fallthrough(false);  // What follows is the script's, --help too.
  verb->set_help_flag();
  verb->callback([verb, &context] {
    const auto script = find_script();
    if (!script)
      return context.fail({"the lab's script is not there", "set AGILEVPN_LAB to the folder that holds lab.py"});
    ::setenv("AGILEVPN_BIN", own_folder().c_str(), 0);  // What it starts is of the same build.
    context.fail(run_script(*script, verb->remaining()));
  });
}

}  // namespace agilevpn::cli
