#include "cli/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "control/config/section.h"

namespace agilevpn::cli {

namespace {

using Names = std::set<std::string, std::less<>>;

// The last verb that was understood.
const CLI::App& last_verb(const CLI::App& app) {
  const auto said = app.get_subcommands();
  return said.empty() ? app : last_verb(*said.front());
}

Names options_of(const CLI::App& verb) {
  Names out;
  for (const CLI::App* app = &verb; app; app = app->get_parent())
    for (const CLI::Option* option : app->get_options())
      for (const std::string& name : option->get_lnames()) out.insert("--" + name);
  return out;
}

std::string guess_text(std::string_view word, const Names& known) {
  const auto guess = control::config::closest(word, known);
  return guess ? fmt::format(", did you mean '{}'?", *guess) : "";
}

// About the first word that nothing takes.
std::optional<std::string> unknown_word(const CLI::App& app, const CLI::App& verb) {
  const auto rest = app.remaining(true);
  if (rest.empty()) return std::nullopt;
  const std::string& word = rest.front();
  if (word.starts_with("-")) return fmt::format("unknown option '{}'{}", word, guess_text(word, options_of(verb)));
  Names below;
  for (const CLI::App* one : verbs_below(verb)) below.insert(one->get_name());
  if (below.empty()) return fmt::format("'{}' is one word too many", word);
  return fmt::format("unknown command '{}'{}", word, guess_text(word, below));
}

}  // namespace

std::optional<Error> usage_mistake(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& verb = last_verb(app);
  const bool wants_help = error.get_exit_code() == 0;
  const bool is_unfinished = !verbs_below(verb).empty();  // A verb must follow.
  auto what = unknown_word(app, verb);
  if (wants_help && !(what && is_unfinished)) return std::nullopt;
  const bool lacks_verb = is_unfinished && error.get_name() == "RequiredError";
  if (!what) what = lacks_verb ? "a command is missing" : error.what();
  return Error{*what, fmt::format("see: {} --help", full_name(verb))};
}

std::vector<const CLI::App*> verbs_below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() ? full_name(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

}  // namespace agilevpn::cli
