#include "gateway/framed_route.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gateway/granted_rule.h"

namespace agilevpn::gateway {

namespace {

bool is_user(const IpAddress& gateway, const radius::Grant& granted) {
  return gateway == IpAddress::any(gateway.family()) || gateway == granted.framed_ip ||
         gateway == framed_ipv6_of(granted);
}

bool is_ours_inside(const IpAddress& gateway, const Config& config) {
  return std::ranges::any_of(config.pools,
                             [&](const PoolConfig& pool) { return std::ranges::count(pool.reserved, gateway) > 0; });
}

std::string list(const std::vector<IpPrefix>& networks) {
  std::vector<std::string> all;
  for (const IpPrefix& one : networks) all.push_back(one.to_string());
  return all.empty() ? "none" : fmt::format("{}", fmt::join(all, ", "));
}

// Whether a group that reaches this on our side would lose it, unless the configuration says of this very part of it
// that it stands behind clients.
bool is_taken_from(const Config& config, const IpPrefix& route, const IpPrefix& network) {
  return route.overlaps(network) && std::ranges::none_of(config.client_networks, [&](const IpPrefix& allowed) {
           return allowed.contains(network) && route.contains(allowed);
         });
}

std::string why_not_from(const std::string& group) {
  return fmt::format(
      "group {} reaches that on this side; if it may stand behind clients, name it in networks of [radius]", group);
}

std::optional<std::string> why_not_behind(const Config& config, const IpPrefix& network) {
  const auto contains = [&](const IpPrefix& allowed) { return allowed.contains(network); };
  if (network.length == 0) return "every network there is cannot stand behind one client";
  if (std::ranges::none_of(config.client_networks, contains))
    return fmt::format("it is not among the networks that may stand behind clients (networks of [radius]: {})",
                       list(config.client_networks));
  for (const ConnectionRule& rule : config.rules)
    if (std::ranges::any_of(rule.routes, [&](const IpPrefix& route) { return is_taken_from(config, route, network); }))
      return why_not_from(rule.name);
  return std::nullopt;
}

}  // namespace

Result<SortedRoutes, std::string> sort_routes(const Config& config, const radius::Grant& granted) {
  SortedRoutes sorted;
  for (const radius::Route& route : granted.routes) {
    const auto refuse = [&](std::string_view why) {
      return Failure{fmt::format("the route {} cannot be: {}", route.to_string(), why)};
    };
    if (!route.gateway || is_ours_inside(*route.gateway, config)) {
      sorted.reachable.push_back(route.prefix);
      continue;
    }
    if (!is_user(*route.gateway, granted))
      return refuse(fmt::format("{0} is neither the client ({1} says that) nor this gateway (then leave {0} away)",
                                route.gateway->to_string(), IpAddress::any(route.gateway->family()).to_string()));
    if (const auto why = why_not_behind(config, route.prefix)) return refuse(*why);
    sorted.behind.push_back(route.prefix);
  }
  return sorted;
}

std::optional<std::string> why_taken(const Config& config, const std::vector<IpPrefix>& networks,
                                     const std::vector<GroupRoute>& routes) {
  for (const IpPrefix& network : networks)
    for (const auto& [group, route] : routes)
      if (is_taken_from(config, route, network))
        return fmt::format("{} cannot stand behind this client: {}", network.to_string(), why_not_from(group));
  return std::nullopt;
}

}  // namespace agilevpn::gateway
