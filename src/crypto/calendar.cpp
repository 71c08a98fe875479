#include "crypto/calendar.h"

#include <fmt/format.h>

namespace agilevpn::crypto {

namespace {

using std::chrono::floor;

}  // namespace

WallTime to_wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || !ASN1_TIME_to_tm(time, &parts)) return WallTime{};
  const std::chrono::year_month_day date{std::chrono::year{parts.tm_year + 1900},
                                         std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
                                         std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
  return std::chrono::sys_days{date} + std::chrono::hours{parts.tm_hour} + std::chrono::minutes{parts.tm_min} +
         std::chrono::seconds{parts.tm_sec};
}

std::time_t to_time_t(WallTime time) { return floor<std::chrono::seconds>(time).time_since_epoch().count(); }

std::string to_date(WallTime time) {
  const std::chrono::year_month_day date{floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace agilevpn::crypto
