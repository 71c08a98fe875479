#include "client/tunnel.h"

#include <algorithm>

#include "client/limits.h"

namespace agilevpn::client {

namespace {

// One that every usable link carries, so that a move changes nothing inside.
std::uint32_t inner_mtu(const mobility::Network& network) {
  std::uint32_t smallest = 0;
  for (const mobility::Link& link : network.links) {
    if (!link.is_up || !link.has_carrier || link.addresses.empty()) continue;
    smallest = smallest == 0 ? link.mtu : std::min(smallest, link.mtu);
  }
  return std::max(limits::mtu_smallest, smallest - std::min(smallest, limits::overhead));
}

}  // namespace

TunnelUp make_tunnel(const ike::IkeSaInfo& session, const mobility::Network& network, std::vector<IpAddress> gateways) {
  TunnelUp tunnel{.mtu = inner_mtu(network), .outside = std::move(gateways)};
  if (session.lease) {
    if (session.lease->ipv4) tunnel.addresses.push_back({*session.lease->ipv4, 32});
    if (session.lease->ipv6) tunnel.addresses.push_back(*session.lease->ipv6);
    tunnel.dns = session.lease->dns;
    tunnel.domains = session.lease->domains;
  }
  const auto has_address = [&](Family family) {
    return tunnel.addresses.empty() || std::ranges::any_of(tunnel.addresses, [&](const IpPrefix& inner) {
             return inner.address.family() == family;
           });
  };
  for (const ike::ChildSaInfo& child : session.child_sas) {
    for (const TrafficSelector& selector : child.ts_remote) {
      if (has_address(selector.family())) std::ranges::copy(selector.to_prefixes(), std::back_inserter(tunnel.routes));
    }
  }
  std::ranges::sort(tunnel.routes);
  const auto repeated = std::ranges::unique(tunnel.routes);
  tunnel.routes.erase(repeated.begin(), repeated.end());
  return tunnel;
}

}  // namespace agilevpn::client
