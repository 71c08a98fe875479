// Who has a UDP port of this host.
#pragma once

#include <cstdint>

#include "preflight/machine.h"

namespace agilevpn::linux {

// Takes the port on every address and gives it back at once.
preflight::Port read_udp_port(std::uint16_t number);

}  // namespace agilevpn::linux
