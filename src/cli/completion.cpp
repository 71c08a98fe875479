#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/verb.h"

namespace agilevpn::cli {

namespace {

// A verb's path ("pki issue") and the words that may follow it: verbs below it and its options.
struct Words {
  std::string path;
  std::vector<std::string> next;
};

void collect(const CLI::App& app, const std::string& path, std::vector<Words>& out) {
  Words words{path, {}};
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* verb : below) words.next.push_back(verb->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.next.push_back("--" + name);
  }
  out.push_back(std::move(words));
  for (const CLI::App* verb : below) collect(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), out);
}

std::string bash(const std::vector<Words>& all) {
  std::string cases;
  for (const Words& words : all) {
    cases += fmt::format("    \"{}\") next=\"{}\" ;;\n", words.path, fmt::join(words.next, " "));
  }
  return R"(_agilevpn() {
  local path="" word next="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    [[ $word == -* ]] || path="${path:+$path }$word"
  done
  while :; do
    case "$path" in
)" + cases + R"(    esac
    [[ -n $next || $path != *" "* ]] && break
    path="${path% *}"
  done
  mapfile -t COMPREPLY < <(compgen -W "$next" -- "${COMP_WORDS[COMP_CWORD]}")
  [[ ${#COMPREPLY[@]} -gt 0 ]] || mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -F _agilevpn agilevpn
)";
}

std::string zsh(const std::vector<Words>& all) { return "autoload -U +X bashcompinit && bashcompinit\n" + bash(all); }

std::string fish(const std::vector<Words>& all) {
  std::string out = "complete -c agilevpn -f\n";
  for (const Words& words : all) {
    std::string condition = "__fish_use_subcommand";
    if (!words.path.empty()) {
      condition = "__fish_seen_subcommand_from " + words.path.substr(words.path.rfind(' ') + 1);
    }
    for (const std::string& next : words.next) {
      out += next.starts_with("--") ? fmt::format("complete -c agilevpn -n '{}' -l {}\n", condition, next.substr(2))
                                    : fmt::format("complete -c agilevpn -n '{}' -a {}\n", condition, next);
    }
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
