// Reads what the checks of the preflight room want to know of this host.
#pragma once

#include <string>

#include "preflight/machine.h"

namespace agilevpn::linux {

// Takes as long as the name service does, three seconds at most. What cannot be read says why in its place.
preflight::Machine read_machine(const std::string& name, const std::string& tunnel_interface);

}  // namespace agilevpn::linux
