#include "store/day.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace agilevpn::store {

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || std::ranges::count_if(text, is_digit) != 8)
    return std::nullopt;
  const auto number = [text](std::size_t first, std::size_t size) {
    unsigned value = 0;
    std::from_chars(text.data() + first, text.data() + first + size, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year{static_cast<int>(number(0, 4))},
                                        std::chrono::month{number(5, 2)}, std::chrono::day{number(8, 2)}};
  return day.ok() ? std::optional{std::chrono::sys_days{day}} : std::nullopt;
}

std::string day_text(std::chrono::sys_days day) {
  const std::chrono::year_month_day parts{day};
  return fmt::format("{:04}-{:02}-{:02}", int{parts.year()}, unsigned{parts.month()}, unsigned{parts.day()});
}

}  // namespace agilevpn::store
