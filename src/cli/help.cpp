#include <fmt/format.h>

#include <algorithm>

#include "cli/usage.h"
#include "cli/verb.h"

namespace agilevpn::cli {

namespace {

Result<const CLI::App*, Error> find_verb(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* found = &app;
  for (const std::string& word : words) {
    const auto below = verbs_below(*found);
    const auto next = std::ranges::find(below, word, [](const CLI::App* verb) { return verb->get_name(); });
    if (next == below.end())
      return Failure{
          Error{fmt::format("there is no command '{}'", word), fmt::format("see: {} --help", full_name(*found))}};
    found = *next;
  }
  return found;
}

}  // namespace

void add_help(CLI::App& app, Context& context) {
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* verb =
      add_verb(app, "help", "Show what a command does, as --help does", "  agilevpn help\n  agilevpn help pki issue");
  verb->add_option("COMMAND", *words, "Its words");
  verb->callback([words, &app, &context] {
    const auto found = find_verb(app, *words);
    if (!found) return context.refuse(found.error());
    fmt::print("{}", app.get_formatter()->make_help(*found, full_name(**found), CLI::AppFormatMode::Normal));
  });
}

}  // namespace agilevpn::cli
