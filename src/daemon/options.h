// What agilevpnd's command line says.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "control/event_text.h"

namespace agilevpn::daemon {

enum class Role : std::uint8_t { Gateway, Client };

struct Options {
  Role role = Role::Gateway;
  std::filesystem::path config;
  control::LogDetail detail = control::LogDetail::Steps;  // Of the log on standard error.
  std::optional<std::filesystem::path> events;            // JSON lines are appended here.
  bool checks_only = false;                               // Read the configuration and end.
};

// The options, or the status to exit with after what was printed (--help, a mistake).
std::variant<Options, int> parse_options(int argc, char** argv);

}  // namespace agilevpn::daemon
