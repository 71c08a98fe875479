// What a check says: one sentence, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agilevpn::preflight {

// A program and its arguments.
using Command = std::vector<std::string>;

struct Finding {
  enum class Weight : std::uint8_t {
    Fine,
    Advice,   // It works, but somebody should know.
    Problem,  // Clients will not get in, or not get further.
  };
  Weight weight = Weight::Fine;
  std::string_view check;  // "ports", "firewall": the same for all findings of one check.
  std::string what;
  std::string help;           // Empty if there is nothing to do.
  std::vector<Command> cure;  // Commands that repair it, to be run in this order; none: only a person can.
  bool is_harmless = false;   // The cure takes nothing away and opens nothing: nobody need be asked.
};

using Findings = std::vector<Finding>;

std::string_view to_string(Finding::Weight weight);  // "ok", "note", "wrong"
// As a person would type it into a shell.
std::string to_string(const Command& command);

}  // namespace agilevpn::preflight
