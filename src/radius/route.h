// Framed-Route and Framed-IPv6-Route (RFC 2865 §5.22, RFC 3162 §2.5): "192.168.1.0/24 192.168.1.1 1", a prefix, the
// gateway that leads to it and metrics. The metrics must be numbers and say nothing more: a session is the only way to
// its networks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace agilevpn::radius {

struct Route {
  IpPrefix prefix;
  std::optional<IpAddress> gateway;  // 0.0.0.0 and :: are the user. Nothing: none is named.

  std::string to_string() const;  // "192.168.1.0/24 0.0.0.0"
  friend bool operator==(const Route&, const Route&) = default;
};

// A bare IPv4 prefix has 8, 16 or 24 bits, by its class (RFC 2865 §5.22). Host bits are cleared.
// Nothing for what is no route of this family.
std::optional<Route> parse_route(std::string_view text, Family family);

}  // namespace agilevpn::radius
