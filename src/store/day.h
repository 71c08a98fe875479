// A day as people write it: "2027-01-31".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace agilevpn::store {

std::optional<std::chrono::sys_days> parse_day(std::string_view text);
std::string day_text(std::chrono::sys_days day);

}  // namespace agilevpn::store
