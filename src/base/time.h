// Time as the protocol rooms see it: handed in, never read.
//
// Instant counts from an epoch that only its world knows (boot, or the start of a simulation) and never goes back. On
// Linux it is CLOCK_BOOTTIME, so that a laptop's sleep counts. WallTime is the calendar, for certificates and logs.
#pragma once

#include <chrono>
#include <limits>

namespace agilevpn {

using Duration = std::chrono::nanoseconds;

struct MonotonicClock {  // Has no now(): only worlds know the time.
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock, duration>;
  static constexpr bool is_steady = true;
};

using Instant = MonotonicClock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

using namespace std::chrono_literals;

constexpr double to_milliseconds(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

}  // namespace agilevpn
