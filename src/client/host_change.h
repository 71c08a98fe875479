// What the world must do on this host. Holds no keys: those go to the data plane with ike::SaChange.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"

namespace agilevpn::client {

// The tunnel's interface shall look like this, whole: a second TunnelUp replaces the first.
struct TunnelUp {
  std::vector<IpPrefix> addresses;  // Inner addresses: /32 and what the gateway says for IPv6.
  std::vector<IpAddress> dns;
  std::vector<std::string>
      domains;                    // Names under these are asked at `dns`; none: all names are, if all traffic is ours.
  std::vector<IpPrefix> routes;   // Through the tunnel.
  std::vector<IpPrefix> blocked;  // Nowhere: not through the tunnel, and not beside it.
  std::vector<IpPrefix>
      local;  // Beside the tunnel, although `routes` or `blocked` cover them: the links' own networks, and those behind us.
  std::uint32_t mtu = 1400;        // Octets.
  std::vector<IpAddress> outside;  // The gateway's own addresses: never through the tunnel.

  friend bool operator==(const TunnelUp&, const TunnelUp&) = default;
};
// Everything that TunnelUp asked for goes away.
struct TunnelDown {
  friend bool operator==(const TunnelDown&, const TunnelDown&) = default;
};

using HostChange = std::variant<TunnelUp, TunnelDown>;

}  // namespace agilevpn::client
