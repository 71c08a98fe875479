// What people write to say where a host is. Nothing is resolved here.
#pragma once

#include <string_view>

namespace agilevpn {

// An IP address, or a domain name as hosts have it (RFC 1123 §2.1): letters, digits and hyphens between dots;
// underscores pass, too. No port, no brackets; and 10.0.0.300 is a mistake rather than a name.
bool is_host(std::string_view text);

}  // namespace agilevpn
