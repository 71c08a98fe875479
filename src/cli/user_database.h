// The users' database as the command line reaches it: directly, whether the gateway runs or not.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

#include "store/database.h"

namespace agilevpn::cli {

// --dir, for a verb and those below it.
void add_directory_option(CLI::App* verb, std::filesystem::path& directory);
Result<store::Database, Error> open_users(const std::filesystem::path& directory, store::Missing if_missing);

// Options of users and groups.
CLI::Validator is_day_or_never();                     // 2027-01-31
CLI::Validator is_count_or(const std::string& word);  // 1 to store::limits::devices_max, or that word.
std::optional<unsigned> count_or(const std::string& text,
                                 std::string_view word);  // Of a text that is one; nothing: the word.

std::string count_text(std::size_t count, const std::string& noun);  // "1 user", "2 users"

}  // namespace agilevpn::cli
