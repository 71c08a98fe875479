#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "cli/usage.h"
#include "cli/verb.h"

namespace agilevpn::cli {

namespace {

using Texts = std::vector<std::string>;

// A verb's path ("pki issue"), and what may follow: verbs below it, its options, and the values of those that take few.
struct Words {
  std::string path;
  Texts next;
  std::vector<std::pair<std::string, Texts>> values;
};

// What prints the names that may stand after a verb or an option: of connections or of users who are connected, of users,
// of groups, of adapters.
constexpr const char* sessions = "$(agilevpn status --names 2>/dev/null)";
constexpr const char* users = "$(agilevpn user list --names 2>/dev/null)";
constexpr const char* groups = "$(agilevpn group list --names 2>/dev/null)";
constexpr const char* adapters = "$(ls /sys/class/net)";
constexpr auto names_after = std::to_array<std::pair<std::string_view, const char*>>({{"up", sessions},
                                                                                      {"down", sessions},
                                                                                      {"rekey", sessions},
                                                                                      {"status", sessions},
                                                                                      {"why", sessions},
                                                                                      {"move", adapters},
                                                                                      {"profile", users},
                                                                                      {"user show", users},
                                                                                      {"user set", users},
                                                                                      {"user password", users},
                                                                                      {"user enable", users},
                                                                                      {"user disable", users},
                                                                                      {"user remove", users},
                                                                                      {"user device add", users},
                                                                                      {"user device enable", users},
                                                                                      {"user device disable", users},
                                                                                      {"user device remove", users},
                                                                                      {"group show", groups},
                                                                                      {"group set", groups},
                                                                                      {"group remove", groups}});

// The words of "TEXT:{ecdsa-p256,rsa}", as CLI11 shows them in the help.
Texts choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto from = type.find('{'), to = type.find('}');
  if (from == std::string::npos || to == std::string::npos) return {};
  return CLI::detail::split(type.substr(from + 1, to - from - 1), ',');
}

void collect_options(const CLI::App& app, Words& words) {
  for (const CLI::Option* option : app.get_options()) {
    const Texts choices = choices_of(*option);
    if (option->get_positional()) std::ranges::copy(choices, std::back_inserter(words.next));
    for (const std::string& name : option->get_lnames()) {
      words.next.push_back("--" + name);
      if (!choices.empty()) words.values.emplace_back("--" + name, choices);
      if (name == "group") words.values.emplace_back("--group", Texts{groups});
    }
  }
}

// The script that `agilevpn lab` hands over to has verbs of its own.
void collect_lab(std::vector<Words>& out) {
  out.push_back({"lab", {"up", "show", "pull", "plug", "block", "unblock", "down", "demo", "--name", "--help"}, {}});
  for (const char* verb : {"pull", "plug", "block", "unblock"})
    out.push_back({fmt::format("lab {}", verb), {"eth0", "eth1"}, {}});
}

void collect(const CLI::App& app, const std::string& path, std::vector<Words>& out) {
  if (path == "lab") return collect_lab(out);
  Words words{path, {}, {}};
  const auto below = verbs_below(app);
  for (const CLI::App* verb : below) words.next.push_back(verb->get_name());
  collect_options(app, words);
  const auto names = std::ranges::find(names_after, path, &std::pair<std::string_view, const char*>::first);
  if (names != names_after.end()) words.next.push_back(names->second);
  out.push_back(std::move(words));
  for (const CLI::App* verb : below)
    collect(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), out);
}

std::string bash_case(const Words& words) {
  std::string out = fmt::format("    \"{}\") next=\"{}\"", words.path, fmt::join(words.next, " "));
  if (!words.values.empty()) out += "\n      case $previous in";
  for (const auto& [option, values] : words.values)
    out += fmt::format(" {}) next=\"{}\" ;;", option, fmt::join(values, " "));
  if (!words.values.empty()) out += " esac";
  return out + " ;;\n";
}

std::string bash(const std::vector<Words>& all) {
  std::string cases;
  for (const Words& words : all) cases += bash_case(words);
  return R"(_agilevpn() {
  local path="" word next="" i previous="${COMP_WORDS[COMP_CWORD-1]}" current="${COMP_WORDS[COMP_CWORD]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    [[ $word == -* ]] || path="${path:+$path }$word"
  done
  while :; do
    case "$path" in
)" + cases +
         R"(    esac
    [[ -n $next || $path != *" "* ]] && break
    path="${path% *}"
  done
  COMPREPLY=()
  while read -r word; do  # compgen -W would run what stands in a name as a command.
    [[ -n $word && $word == "$current"* ]] || continue
    printf -v word %q "$word"
    COMPREPLY+=("$word")
  done < <(tr ' ' '\n' <<<"$next")
  [[ ${#COMPREPLY[@]} -gt 0 ]] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -F _agilevpn agilevpn
)";
}

std::string zsh(const std::vector<Words>& all) { return "autoload -U +X bashcompinit && bashcompinit\n" + bash(all); }

std::string fish_option(const Words& words, const std::string& condition, const std::string& option) {
  const auto known = std::ranges::find(words.values, option, &std::pair<std::string, Texts>::first);
  const std::string values =
      known == words.values.end() ? "" : fmt::format(" -x -a '{}'", fmt::join(known->second, " "));
  return fmt::format("complete -c agilevpn -n '{}' -l {}{}\n", condition, option.substr(2), values);
}

std::string fish(const std::vector<Words>& all) {
  std::string out = "complete -c agilevpn -f\n";
  for (const Words& words : all) {
    std::string condition = "__fish_use_subcommand";
    if (!words.path.empty()) {
      condition = "__fish_seen_subcommand_from " + words.path.substr(words.path.rfind(' ') + 1);
    }
    for (const std::string& next : words.next)
      out += next.starts_with("--") ? fish_option(words, condition, next)
                                    : fmt::format("complete -c agilevpn -n '{}' -a '{}'\n", condition, next);
  }
  return out;
}

}  // namespace

void add_completion(CLI::App& app, Context&) {
  auto shell = std::make_shared<std::string>();
  CLI::App* verb = add_verb(app, "completion", "Print what teaches a shell to complete these commands",
                            "  agilevpn completion bash > /etc/bash_completion.d/agilevpn");
  verb->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->callback([shell, &app] {
    std::vector<Words> words;
    collect(app, "", words);
    fmt::print("{}", *shell == "bash" ? bash(words) : *shell == "zsh" ? zsh(words) : fish(words));
  });
}

}  // namespace agilevpn::cli
