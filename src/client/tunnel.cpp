#include "client/tunnel.h"

#include <algorithm>
#include <array>
#include <span>

#include "client/limits.h"

namespace agilevpn::client {

namespace {

bool is_usable(const mobility::Link& link) { return link.is_up && link.has_carrier && !link.addresses.empty(); }

// One that every usable link carries, so that a move changes nothing inside.
std::uint32_t inner_mtu(const mobility::Network& network) {
  std::uint32_t smallest = 0;
  for (const mobility::Link& link : network.links)
    if (is_usable(link)) smallest = smallest == 0 ? link.mtu : std::min(smallest, link.mtu);
  return std::max(limits::mtu_smallest, smallest - std::min(smallest, limits::overhead));
}

void sort_out(std::vector<IpPrefix>& prefixes) {
  std::ranges::sort(prefixes);
  const auto repeated = std::ranges::unique(prefixes);
  prefixes.erase(repeated.begin(), repeated.end());
}

bool lies_in(const IpPrefix& inner, std::span<const IpPrefix> outer) {
  return std::ranges::any_of(outer, [&](const IpPrefix& one) { return one.contains(inner); });
}

bool has_family(const std::vector<IpPrefix>& prefixes, Family family) {
  return std::ranges::any_of(prefixes, [&](const IpPrefix& one) { return one.address.family() == family; });
}
bool takes_all(const std::vector<IpPrefix>& routes, Family family) {
  return std::ranges::find(routes, IpPrefix{IpAddress::any(family), 0}) != routes.end();
}

// A gateway that takes all of one family and nothing of the other: who wants both in the tunnel must not find the other
// one beside it.
std::vector<IpPrefix> blocked(const std::vector<IpPrefix>& wanted, const std::vector<IpPrefix>& routes) {
  for (const auto& [missing, other] : {std::pair{Family::V4, Family::V6}, {Family::V6, Family::V4}})
    if (!has_family(routes, missing) && takes_all(routes, other) && takes_all(wanted, missing))
      return {{IpAddress::any(missing), 0}};
  return {};
}

// RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6.
std::array<IpPrefix, 6> local_ranges() {
  return {IpPrefix{IpAddress::v4(10, 0, 0, 0), 8},
          {IpAddress::v4(172, 16, 0, 0), 12},
          {IpAddress::v4(192, 168, 0, 0), 16},
          IpPrefix{IpAddress::v4(169, 254, 0, 0), 16},
          *IpPrefix::parse("fc00::/7"),
          *IpPrefix::parse("fe80::/10")};
}

// The networks that our usable links stand in. Only what an address of ours lies in counts, no route: DHCP and router
// advertisements may bring routes for anything (TunnelVision, CVE-2024-3661), and addresses with a prefix that covers half
// the Internet (CVE-2023-36672).
std::vector<IpPrefix> local_networks(const mobility::Network& network, const TunnelUp& tunnel) {
  std::vector<IpPrefix> taken = tunnel.routes;
  std::ranges::copy(tunnel.blocked, std::back_inserter(taken));
  const auto ranges = local_ranges();
  std::vector<IpPrefix> local;
  const auto add = [&](const IpPrefix& one) {
    const auto is_inside = [&](const IpAddress& address) { return one.contains(address); };
    const bool hides_tunnel = std::ranges::find(tunnel.routes, one) != tunnel.routes.end() ||
                              std::ranges::any_of(tunnel.dns, is_inside) ||
                              std::ranges::any_of(tunnel.addresses, is_inside, &IpPrefix::address);
    if (lies_in(one, ranges) && lies_in(one, taken) && !hides_tunnel) local.push_back(one);
  };
  for (const mobility::Link& link : network.links) {
    if (!is_usable(link)) continue;
    for (const mobility::LinkAddress& own : link.addresses)
      add({IpPrefix{own.address, own.prefix_length}.first(), own.prefix_length});
  }
  sort_out(local);
  return local;
}

}  // namespace

TunnelUp make_tunnel(const ike::IkeSaInfo& session, const mobility::Network& network, std::vector<IpAddress> gateways,
                     const std::vector<IpPrefix>& wanted, const std::vector<IpPrefix>& behind) {
  TunnelUp tunnel{.mtu = inner_mtu(network), .outside = std::move(gateways)};
  if (session.lease) {
    if (session.lease->ipv4) tunnel.addresses.push_back({*session.lease->ipv4, 32});
    if (session.lease->ipv6) tunnel.addresses.push_back(*session.lease->ipv6);
    tunnel.dns = session.lease->dns;
    tunnel.domains = session.lease->domains;
  }
  for (const ike::ChildSaInfo& child : session.child_sas) {
    for (const TrafficSelector& selector : child.ts_remote) {
      if (tunnel.addresses.empty() || has_family(tunnel.addresses, selector.family()))
        std::ranges::copy(selector.to_prefixes(), std::back_inserter(tunnel.routes));
    }
  }
  sort_out(tunnel.routes);
  std::erase_if(tunnel.routes, [&](const IpPrefix& route) { return lies_in(route, behind); });
  tunnel.blocked = blocked(wanted, tunnel.routes);
  tunnel.local = local_networks(network, tunnel);
  std::ranges::copy(behind, std::back_inserter(tunnel.local));
  sort_out(tunnel.local);
  return tunnel;
}

}  // namespace agilevpn::client
