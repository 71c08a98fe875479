// The real clocks. Only worlds read them; everything below is told the time.
#pragma once

#include "base/time.h"

namespace agilevpn::linux {

// CLOCK_BOOTTIME, so that a laptop's sleep counts.
Instant now();
WallTime wall_now();

}  // namespace agilevpn::linux
