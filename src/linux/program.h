// Runs another program of this host and waits for it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace agilevpn::linux {

// In the usual folders; PATH is not asked, since we run as root.
std::optional<std::filesystem::path> find_program(std::string_view name);

// Runs it with `input` on its standard input, and what it prints thrown away. An error if it is not
// there, ends with another status than 0, or is still running after two seconds and was killed.
Result<void, Error> run_program(const std::vector<std::string>& command, std::string_view input = {});

}  // namespace agilevpn::linux
