// Runs another program of this host and waits for it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace agilevpn::linux {

// In the usual folders; PATH is not asked, since we run as root.
std::optional<std::filesystem::path> find_program(std::string_view name);

// Runs it with `input` on its standard input, and what it prints thrown away. An error if it is not
// there, ends with another status than 0, or is still running after two seconds and was killed.
Result<void, Error> run_program(const std::vector<std::string>& command, std::string_view input = {});
// The same, for what takes longer.
Result<void, Error> run_patiently(const std::vector<std::string>& command, Duration patience);
// The same, and what it printed on its standard output; it may take five seconds.
Result<std::string, Error> read_program(const std::vector<std::string>& command);

// Starts it in a session of its own, where it outlives us, with what it prints in `log`. An error if it cannot be
// started; how it fares then is not known here.
Result<void, Error> start_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                  const std::filesystem::path& log);

}  // namespace agilevpn::linux
