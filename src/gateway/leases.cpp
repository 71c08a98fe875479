#include "gateway/leases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace agilevpn::gateway {

namespace {

bool is_everything(const IpPrefix& route) { return route.length == 0; }

}  // namespace

Leases::Leases(const std::vector<PoolConfig>& pools) {
  for (const PoolConfig& pool : pools) pools_.emplace(pool.name, AddressPool{pool.prefix, pool.reserved});
}

Result<ike::Lease, std::string> Leases::assign(const ike::AssignAddresses& question, const ConnectionRule& rule) {
  release(question.ike_sa);
  ike::Lease lease{.dns = rule.dns, .domains = rule.domains};
  if (question.wants_ipv4) {
    TRY_ASSIGN(lease.ipv4, take(question, rule, Family::V4));
  }
  if (question.wants_ipv6) {
    TRY_ASSIGN(const auto address, take(question, rule, Family::V6));
    if (address) lease.ipv6 = IpPrefix{*address, 128};
  }
  if (!lease.ipv4 && !lease.ipv6)
    return Failure{fmt::format("rule {} has no pool of a family that the peer wants", rule.name)};
  for (const IpPrefix& route : rule.routes) {
    if (!is_everything(route)) lease.subnets.push_back(route);
  }
  return lease;
}

bool Leases::holds(ike::IkeSaId session, const IpAddress& address) const {
  const auto [first, last] = held_.equal_range(session);
  return std::any_of(first, last, [&](const auto& held) { return held.second.address == address; });
}

void Leases::release(ike::IkeSaId session) {
  const auto [first, last] = held_.equal_range(session);
  for (auto held = first; held != last; ++held)
    if (!held->second.pool.empty()) pools_.at(held->second.pool).release(held->second.address);
  held_.erase(first, last);
}

Result<std::optional<IpAddress>, std::string> Leases::take_framed(const ike::AssignAddresses& question, const IpAddress& address) {
  const auto in_pool = std::ranges::find_if(pools_, [&](const auto& pool) { return pool.second.prefix().contains(address); });
  const bool is_held = std::ranges::any_of(held_, [&](const auto& held) { return held.second.address == address; });
  const auto leased = is_held || in_pool == pools_.end() ? std::nullopt : in_pool->second.lease(question.peer.to_string(), address);
  if (leased && leased != address) in_pool->second.release(*leased);  // One that no pool gives away: a network's, our own.
  if (is_held || (leased && leased != address)) return Failure{fmt::format("{} was granted to {}, and another session has it", address.to_string(), question.peer.to_string())};
  held_.emplace(question.ike_sa, Held{in_pool == pools_.end() ? "" : in_pool->first, address});
  return address;
}

Result<std::optional<IpAddress>, std::string> Leases::take(const ike::AssignAddresses& question,
                                                           const ConnectionRule& rule, Family family) {
  const auto& framed = family == Family::V4 ? rule.framed_ipv4 : rule.framed_ipv6;
  if (framed) return take_framed(question, *framed);
  const auto& wished = family == Family::V4 ? question.wished_ipv4 : question.wished_ipv6;
  std::vector<std::string> exhausted;
  for (const std::string& name : rule.pools) {
    const auto pool = pools_.find(name);
    if (pool == pools_.end() || pool->second.prefix().address.family() != family) continue;
    if (const auto address = pool->second.lease(question.peer.to_string(), wished)) {
      held_.emplace(question.ike_sa, Held{name, *address});
      return address;
    }
    exhausted.push_back(fmt::format("pool {} ({}) is exhausted: all {} addresses are leased", name,
                                    pool->second.prefix().to_string(), pool->second.leased_count()));
  }
  if (exhausted.empty()) return std::nullopt;
  release(question.ike_sa);
  return Failure{fmt::format("{}", fmt::join(exhausted, "; "))};
}

}  // namespace agilevpn::gateway
