#include "cli/user_database.h"

#include <fmt/format.h>

#include "control/config/host_options.h"
#include "store/day.h"

namespace agilevpn::cli {

void add_directory_option(CLI::App* verb, std::filesystem::path& directory) {
  directory = control::config::default_state_directory;
  verb->add_option("--dir", directory, "The gateway's state-dir, where users.db is")->capture_default_str();
}

Result<store::Database, Error> open_users(const std::filesystem::path& directory, store::Missing if_missing) {
  const auto file = directory / store::database_name;
  const bool is_there = std::filesystem::exists(file);
  auto database = store::Database::open(file, {.if_missing = if_missing});
  if (database && !is_there)
    fmt::print(stderr, "{} is new: the gateway whose state-dir is {} reads it\n", file.string(), directory.string());
  return database;
}

CLI::Validator is_day_or_never() {
  const auto check = [](const std::string& text) {
    return text == "never" || store::parse_day(text)
               ? ""
               : fmt::format("'{}' is no day as in 2027-01-31, nor 'never'", text);
  };
  return CLI::Validator(check, "DAY");
}

CLI::Validator is_count_or(const std::string& word) {
  const auto check = [word](const std::string& text) -> std::string {
    if (text == word) return "";
    return CLI::Range(1U, store::limits::devices_max)(text);
  };
  return CLI::Validator(check, "COUNT");
}

std::optional<unsigned> count_or(const std::string& text, std::string_view word) {
  return text == word ? std::nullopt : std::optional{static_cast<unsigned>(std::stoul(text))};
}

std::string count_text(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace agilevpn::cli
