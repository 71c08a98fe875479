// Every time-out and bound of path choice that we chose, with its why. What a user may set is in Settings (manager.h).
#pragma once

#include "base/time.h"

namespace agilevpn::mobility::limits {

inline constexpr auto outage_time = 30min;    // How long a session sleeps before it is given up: Windows' own default.
inline constexpr auto hold_time = 2s;         // A better path must last this long before traffic returns to it.
inline constexpr int flap_doublings_max = 6;  // A link that comes and goes must last up to 2^6 times as long.
inline constexpr auto stable_time = 10s;      // A link that lasted this much longer than it had to has not flapped.
inline constexpr auto answer_wait = 2s;  // A path that was not confirmed by now is taken for dead; some round trips.
inline constexpr auto dead_time = 10s;   // A path found dead is not tried before this while there are others.
inline constexpr auto probe_pause_longest = 60s;  // Unanswered probes of a better path: 2 s apart, doubling up to this.
inline constexpr auto retry_first = 2s;           // Nobody answers on any path: the next try. Doubles.
inline constexpr auto retry_longest = 30s;        // So that a gateway that is back is found within half a minute.

}  // namespace agilevpn::mobility::limits
