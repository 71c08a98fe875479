#include "gateway/leases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace agilevpn::gateway {

namespace {

bool is_everything(const IpPrefix& route) { return route.length == 0; }

std::string exhausted(const std::string& name, const AddressPool& pool) {
  const std::size_t count = pool.leased_count();
  const std::string all = count == 1 ? "its one address is" : fmt::format("all {} addresses are", count);
  return fmt::format("pool {} ({}) is exhausted: {} leased", name, pool.prefix().to_string(), all);
}

}  // namespace

Leases::Leases(const std::vector<PoolConfig>& pools) {
  for (const PoolConfig& pool : pools)
    pools_.emplace(PoolKey{pool.name, pool.prefix.address.family()}, AddressPool{pool.prefix, pool.reserved});
}

void Leases::restore(const LeasedAddress& lease, const std::string& owner) {
  if (const auto pool = pools_.find(key_of(lease)); pool != pools_.end()) pool->second.restore(lease.address, owner);
}

Result<ike::Lease, Lack> Leases::assign(const ike::AssignAddresses& question, const ConnectionRule& rule,
                                        const std::string& owner) {
  release(question.ike_sa);
  ike::Lease lease{.dns = rule.dns, .domains = rule.domains};
  if (question.wants_ipv4) {
    TRY_ASSIGN(lease.ipv4, take(question, rule, owner, Family::V4));
  }
  if (question.wants_ipv6) {
    TRY_ASSIGN(const auto address, take(question, rule, owner, Family::V6));
    if (address) lease.ipv6 = IpPrefix{*address, 128};
  }
  if ((question.wants_ipv4 || question.wants_ipv6) && !lease.ipv4 && !lease.ipv6)
    return Failure{Lack{Refusal::NoPoolOfFamily,
                        fmt::format("{} has no pool of a family that the peer wants; its pools: {}", rule.title(),
                                    rule.pools.empty() ? "none" : fmt::format("{}", fmt::join(rule.pools, ", ")))}};
  for (const IpPrefix& route : rule.routes) {
    if (!is_everything(route)) lease.subnets.push_back(route);
  }
  add_wishes_of_windows(question, rule, lease);
  return lease;
}

void Leases::add_wishes_of_windows(const ike::AssignAddresses& question, const ConnectionRule& rule,
                                   ike::Lease& lease) const {
  if (question.wants_nbns) lease.nbns = rule.nbns;
  if (!question.wants_servers) return;
  for (const LeasedAddress& leased : of(question.ike_sa))
    if (const AddressPool* const pool = pool_of(leased, rule))
      std::ranges::copy(pool->reserved(), std::back_inserter(lease.servers));
}

const AddressPool* Leases::pool_of(const LeasedAddress& lease, const ConnectionRule& rule) const {
  if (!lease.pool.empty()) return &pools_.at(key_of(lease));
  for (const std::string& name : rule.pools)
    if (const auto pool = pools_.find({name, lease.address.family()}); pool != pools_.end()) return &pool->second;
  return nullptr;
}

std::vector<LeasedAddress> Leases::of(ike::IkeSaId session) const {
  std::vector<LeasedAddress> all;
  const auto [first, last] = held_.equal_range(session);
  for (auto held = first; held != last; ++held) all.push_back(held->second);
  return all;
}

bool Leases::holds(ike::IkeSaId session, const IpAddress& address) const {
  const auto [first, last] = held_.equal_range(session);
  return std::any_of(first, last, [&](const auto& held) { return held.second.address == address; });
}

std::vector<LeasedAddress> Leases::release(ike::IkeSaId session) {
  auto all = of(session);
  held_.erase(session);
  for (const LeasedAddress& held : all) addresses_.erase(addresses_.find(held.address));
  std::erase_if(all, [&](const LeasedAddress& held) { return addresses_.contains(held.address); });
  for (const LeasedAddress& held : all)
    if (!held.pool.empty()) pools_.at(key_of(held)).release(held.address);
  return all;
}

void Leases::hold(ike::IkeSaId session, const std::string& owner, const std::vector<LeasedAddress>& leases) {
  for (const LeasedAddress& lease : leases) {
    if (!lease.pool.empty()) pools_.at(key_of(lease)).take(lease.address, owner);
    note(session, lease);
  }
}

void Leases::note(ike::IkeSaId session, LeasedAddress lease) {
  addresses_.insert(lease.address);
  held_.emplace(session, std::move(lease));
}

std::vector<std::string> Leases::warnings() const {
  std::vector<std::string> all;
  for (const auto& [key, pool] : pools_)
    if (pool.is_exhausted()) all.push_back(exhausted(key.first, pool));
  return all;
}

Result<std::optional<IpAddress>, Lack> Leases::take_framed(ike::IkeSaId session, const std::string& owner,
                                                           const IpAddress& address) {
  const auto refuse = [&](std::string_view why) {
    return Failure{
        Lack{Refusal::AddressNotFree, fmt::format("{} was granted to {}, and {}", address.to_string(), owner, why)}};
  };
  if (addresses_.contains(address)) return refuse("another session has it");
  const auto in_pool =
      std::ranges::find_if(pools_, [&](const auto& pool) { return pool.second.prefix().contains(address); });
  if (in_pool != pools_.end() && !in_pool->second.take(address, owner))
    return refuse("no client can have it: it is a network's, a broadcast address or our own");
  note(session, {in_pool == pools_.end() ? "" : in_pool->first.first, address});
  return address;
}

Result<std::optional<IpAddress>, Lack> Leases::take(const ike::AssignAddresses& question, const ConnectionRule& rule,
                                                    const std::string& owner, Family family) {
  const auto& framed = family == Family::V4 ? rule.framed_ipv4 : rule.framed_ipv6;
  if (framed) return take_framed(question.ike_sa, owner, *framed);
  const auto& wished = family == Family::V4 ? question.wished_ipv4 : question.wished_ipv6;
  std::vector<std::string> reasons;
  for (const std::string& name : rule.pools) {
    const auto pool = pools_.find({name, family});
    if (pool == pools_.end()) continue;
    if (const auto address = pool->second.lease(owner, wished)) {
      note(question.ike_sa, {name, *address});
      return address;
    }
    reasons.push_back(exhausted(name, pool->second));
  }
  if (reasons.empty()) return std::nullopt;
  release(question.ike_sa);
  return Failure{Lack{Refusal::PoolExhausted, fmt::format("{}", fmt::join(reasons, "; "))}};
}

}  // namespace agilevpn::gateway
