// The daemon's own times.
#pragma once

#include "base/time.h"

namespace agilevpn::daemon {

inline constexpr auto traffic_interval = 1s;    // How often the engine hears what the data plane saw.
inline constexpr auto users_interval = 500ms;   // Who is disabled is out within a second.
inline constexpr auto calendar_interval = 60s;  // How often the roles hear the wall clock, which somebody may set.
inline constexpr auto goodbye_patience = 2s;    // How long peers may take to answer our Deletes before we end.
inline constexpr auto goodbye_check = 20ms;     // How often we look whether all have.

}  // namespace agilevpn::daemon
