#include "gateway/address_pool.h"

#include <utility>

#include "gateway/limits.h"

namespace agilevpn::gateway {

namespace {

bool ends_in(const IpAddress& address, std::size_t count, std::byte octet) {
  const ByteView tail = address.bytes().last(count);
  return std::ranges::all_of(tail, [&](std::byte one) { return one == octet; });
}

}  // namespace

AddressPool::AddressPool(IpPrefix prefix, const std::vector<IpAddress>& reserved)
    : prefix_(prefix), reserved_(reserved.begin(), reserved.end()), fresh_(prefix.first()) {}

std::optional<IpAddress> AddressPool::lease(const std::string& identity, const std::optional<IpAddress>& wished) {
  std::optional<IpAddress> chosen;
  if (wished && is_free_for(*wished, identity)) chosen = wished;
  if (!chosen) chosen = last_of(identity);
  if (!chosen) chosen = next_fresh();
  if (!chosen) chosen = longest_free();
  if (!chosen) chosen = next_forgotten();
  is_exhausted_ = !chosen;
  if (chosen) take(*chosen, identity);
  return chosen;
}

bool AddressPool::take(const IpAddress& address, const std::string& identity) {
  if (!is_leasable(address) || leased_.contains(address)) return false;
  if (const auto former = age_of_address_.find(address); former != age_of_address_.end()) forget(former->second);
  leased_[address] = identity;
  return true;
}

void AddressPool::release(const IpAddress& address) {
  const auto leased = leased_.find(address);
  if (leased == leased_.end()) return;
  is_exhausted_ = false;
  const Age age = next_age_++;
  age_of_address_[address] = age;
  ages_of_identity_[leased->second].insert(age);
  formers_[age] = {address, std::move(leased->second)};
  leased_.erase(leased);
  if (formers_.size() <= limits::former_leases_max) return;
  forget(formers_.begin()->first);
  has_forgotten_ = true;
}

void AddressPool::restore(const IpAddress& address, const std::string& identity) {
  if (!is_leasable(address) || leased_.contains(address) || age_of_address_.contains(address)) return;
  leased_[address] = identity;
  release(address);
}

bool AddressPool::is_leasable(const IpAddress& address) const {
  if (!prefix_.contains(address) || reserved_.contains(address)) return false;
  if (address.is_v6()) return !ends_in(address, 2, std::byte{0});
  if (prefix_.length >= 31) return true;  // RFC 3021: no broadcast address.
  return address != prefix_.first() && address != prefix_.last() && !ends_in(address, 1, std::byte{0}) &&
         !ends_in(address, 1, std::byte{255});
}

bool AddressPool::is_free_for(const IpAddress& address, const std::string& identity) const {
  if (!is_leasable(address) || leased_.contains(address)) return false;
  const auto former = age_of_address_.find(address);
  return former == age_of_address_.end() || formers_.at(former->second).identity == identity;
}

std::optional<IpAddress> AddressPool::last_of(const std::string& identity) const {
  const auto ages = ages_of_identity_.find(identity);
  if (ages == ages_of_identity_.end()) return std::nullopt;
  return formers_.at(*ages->second.rbegin()).address;
}

std::optional<IpAddress> AddressPool::next_fresh() {
  while (fresh_ && prefix_.contains(*fresh_)) {
    const IpAddress candidate = *fresh_;
    fresh_ = candidate.plus(1);
    if (is_leasable(candidate) && !leased_.contains(candidate) && !age_of_address_.contains(candidate))
      return candidate;
  }
  return std::nullopt;
}

std::optional<IpAddress> AddressPool::next_forgotten() {
  if (!std::exchange(has_forgotten_, false)) return std::nullopt;
  fresh_ = prefix_.first();  // From the beginning: what no map knows is free.
  return next_fresh();
}

std::optional<IpAddress> AddressPool::longest_free() const {
  if (formers_.empty()) return std::nullopt;
  return formers_.begin()->second.address;
}

void AddressPool::forget(Age age) {
  const auto former = formers_.find(age);
  age_of_address_.erase(former->second.address);
  const auto ages = ages_of_identity_.find(former->second.identity);
  ages->second.erase(age);
  if (ages->second.empty()) ages_of_identity_.erase(ages);
  formers_.erase(former);
}

}  // namespace agilevpn::gateway
