// Bounds of a gateway that we chose, with their why.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace agilevpn::gateway::limits {

inline constexpr std::size_t former_leases_max = 65536;  // Remembered per pool; an IPv6 pool would remember for ever.
inline constexpr auto forgotten_silence =
    5s;  // A session this silent is dead if its client comes anew and wants its address.
inline constexpr int dormant_attempts =
    3;  // A request sent this often without an answer: the client sleeps or is between networks,
inline constexpr auto dormant_silence = 1s;  // unless something else of it came meanwhile.

}  // namespace agilevpn::gateway::limits
