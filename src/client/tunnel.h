// What the tunnel's interface shall look like: from what the gateway granted and what the links can carry.
#pragma once

#include "client/host_change.h"
#include "ike/endpoint.h"
#include "mobility/network.h"

namespace agilevpn::client {

// `session` has at least one Child SA. Routes of a family without an inner address are left out: nothing could be sent.
// `wanted`: what the user wants in the tunnel, whether the gateway takes it or not. `behind`: what stands behind this host.
TunnelUp make_tunnel(const ike::IkeSaInfo& session, const mobility::Network& network, std::vector<IpAddress> gateways,
                     const std::vector<IpPrefix>& wanted, const std::vector<IpPrefix>& behind = {});

}  // namespace agilevpn::client
