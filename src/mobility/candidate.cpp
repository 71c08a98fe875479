#include "mobility/candidate.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace agilevpn::mobility {

namespace {

constexpr auto no_metric = std::numeric_limits<std::uint32_t>::max();

const Link* find_link(const Network& network, std::uint32_t index) {
  const auto link = std::ranges::find(network.links, index, &Link::index);
  return link == network.links.end() ? nullptr : &*link;
}

// The most specific route to an address, then the one with the lowest metric.
const LinkRoute* find_route(const Link& link, const IpAddress& destination) {
  const LinkRoute* best = nullptr;
  for (const LinkRoute& route : link.routes) {
    if (!route.destination.contains(destination)) continue;
    const bool is_better = !best || route.destination.length > best->destination.length ||
                           (route.destination.length == best->destination.length && route.metric < best->metric);
    if (is_better) best = &route;
  }
  return best;
}

bool can_send_from(const LinkAddress& local, const IpAddress& destination) {
  return local.address.family() == destination.family() && !local.is_tentative && !local.address.is_loopback() &&
         local.address.is_link_local() == destination.is_link_local();
}

unsigned common_prefix_length(const IpAddress& a, const IpAddress& b) {
  for (unsigned length = a.bits(); length > 0; --length) {
    if (IpPrefix{a, static_cast<std::uint8_t>(length)}.contains(b)) return length;
  }
  return 0;
}

// Source address selection over one link: RFC 6724 §5, rules 3 (avoid deprecated) and 8 (longest matching prefix), with
// the route's own hint between them.
const LinkAddress* choose_source(const Link& link, const LinkRoute& route, const IpAddress& destination) {
  const auto merit = [&](const LinkAddress& local) {
    return std::tuple{!local.is_deprecated, route.source_hint == local.address,
                      common_prefix_length(local.address, destination)};
  };
  const LinkAddress* best = nullptr;
  for (const LinkAddress& local : link.addresses) {
    if (can_send_from(local, destination) && (!best || merit(local) > merit(*best))) best = &local;
  }
  return best;
}

std::size_t place_in(const std::vector<std::string>& prefer, const Link& link) {
  const auto place = std::ranges::find_if(
      prefer, [&](const std::string& word) { return word == link.name || word == to_string(link.type); });
  return static_cast<std::size_t>(place - prefer.begin());
}

std::vector<Candidate> candidates_over(const Link& link, const std::vector<IpAddress>& gateways,
                                       const std::vector<std::string>& prefer, const std::optional<Path>& in_use) {
  std::vector<Candidate> found;
  LinkRank rank{place_in(prefer, link), link.is_metered, no_metric};
  for (const IpAddress& gateway : gateways) {
    const LinkRoute* route = find_route(link, gateway);
    if (!route) continue;
    const LinkAddress* local = choose_source(link, *route, gateway);
    if (!local) continue;
    rank.metric = std::min(rank.metric, route->metric);
    Candidate candidate{{{local->address, nat_traversal_port}, {gateway, nat_traversal_port}, link.index},
                        link.name,
                        link.type,
                        {},
                        local->is_deprecated};
    if (in_use && in_use->interface == link.index && in_use->peer.address == gateway) {
      const auto kept = std::ranges::find(link.addresses, in_use->local.address, &LinkAddress::address);
      if (kept != link.addresses.end() && !kept->is_tentative && !kept->is_deprecated) candidate.path = *in_use;
    }
    found.push_back(std::move(candidate));
  }
  for (Candidate& candidate : found) candidate.rank = rank;
  return found;
}

}  // namespace

bool is_same_way(const Path& a, const Path& b) {
  return a.interface == b.interface && a.local.address == b.local.address && a.peer.address == b.peer.address;
}

std::string why_unusable(const Network& network, const Path& path) {
  const Link* link = find_link(network, path.interface);
  if (!link) return "its link is gone";
  if (!link->is_up) return fmt::format("{} is down", link->name);
  if (!link->has_carrier) return fmt::format("{} has no carrier", link->name);
  const auto local = std::ranges::find(link->addresses, path.local.address, &LinkAddress::address);
  if (local == link->addresses.end() || local->is_tentative)
    return fmt::format("{} is gone from {}", path.local.address.to_string(), link->name);
  if (!find_route(*link, path.peer.address))
    return fmt::format("{} has no route to {}", link->name, path.peer.address.to_string());
  return {};
}

std::vector<Candidate> find_candidates(const Network& network, const std::vector<IpAddress>& gateways,
                                       const std::vector<std::string>& prefer, const std::optional<Path>& in_use) {
  std::vector<Candidate> found;
  for (const Link& link : network.links) {
    if (!link.is_up || !link.has_carrier) continue;
    std::ranges::move(candidates_over(link, gateways, prefer, in_use), std::back_inserter(found));
  }
  const auto order = [&](const Candidate& candidate) {
    const bool keeps_gateway = in_use && candidate.path.peer.address == in_use->peer.address;
    const bool keeps_family = in_use && candidate.path.peer.address.family() == in_use->peer.address.family();
    return std::tuple{candidate.rank, candidate.path.interface, candidate.is_deprecated, !keeps_gateway, !keeps_family};
  };
  std::ranges::stable_sort(found, {}, order);
  return found;
}

}  // namespace agilevpn::mobility
