// Kernel parameters by their dotted names, such as "net.ipv4.ip_forward". Not for interfaces with a dot in their name.
#pragma once

#include <string>

#include "base/error.h"

namespace agilevpn::linux {

// Without the newline.
Result<std::string, Error> read_sysctl(const std::string& name);
Result<void, Error> write_sysctl(const std::string& name, const std::string& value);

}  // namespace agilevpn::linux
