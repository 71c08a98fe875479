// Framed-Route and Framed-IPv6-Route (RFC 2865 §5.22, RFC 3162 §2.5) as this gateway takes them. The gateway that a
// route names says at which end of the tunnel its network stands:
//
//   "192.168.77.0/24 0.0.0.0 1"      the user (or its own inner address): behind the client, and led to it
//   "10.20.0.0/16"                   none, or ours within a pool: on this side, and the client may reach it
//
// Who grants what is another's is not obeyed, so that a RADIUS server's mistake takes no traffic of anybody: networks
// behind clients come from Config::client_networks only. What other sessions have is for networks.h to say.
#pragma once

#include "gateway/config.h"
#include "gateway/user.h"
#include "radius/grant.h"

namespace agilevpn::gateway {

struct SortedRoutes {
  std::vector<IpPrefix> reachable;
  std::vector<IpPrefix> behind;
};

// Or why one of them cannot be.
Result<SortedRoutes, std::string> sort_routes(const Config& config, const radius::Grant& granted);

// Likewise of the owner's groups, whose routes these are: why one of the networks cannot stand behind a client;
// nothing: all of them can.
std::optional<std::string> why_taken(const Config& config, const std::vector<IpPrefix>& networks,
                                     const std::vector<GroupRoute>& routes);

}  // namespace agilevpn::gateway
