// Framed-Route and Framed-IPv6-Route (RFC 2865 §5.22, RFC 3162 §2.5): "192.168.1.0/24 192.168.1.1 1". Of a VPN session only
// the prefix matters: the gateway of each is the session itself.
#pragma once

#include <optional>
#include <string_view>

#include "base/address.h"

namespace agilevpn::radius {

// A bare IPv4 prefix has 8, 16 or 24 bits, by its class (RFC 2865 §5.22). Host bits are cleared.
// Nothing for what is no prefix of this family.
std::optional<IpPrefix> parse_route(std::string_view text, Family family);

}  // namespace agilevpn::radius
