// Inner addresses of one family. An identity gets the address it had before as long as nobody else needed it; those
// that were given back longest ago are the first to find another owner. In memory: what must survive a restart is a
// store's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/address.h"

namespace agilevpn::gateway {

class AddressPool {
 public:
  // Never leases `reserved` (the gateway's own inner address); of an IPv4 prefix neither the first nor the last address
  // nor any that ends in .0 or .255, which some systems take for a network's or a broadcast address; of an IPv6 prefix
  // none that ends in sixteen zero bits, among them the subnet-router anycast address (RFC 4291 §2.6.1).
  explicit AddressPool(IpPrefix prefix, const std::vector<IpAddress>& reserved = {});

  // The wished one if it is free, the last one of this identity, one that nobody had, the one given back longest ago,
  // one that was forgotten (limits::former_leases_max); nothing if the pool is exhausted.
  std::optional<IpAddress> lease(const std::string& identity, const std::optional<IpAddress>& wished = {});
  // Exactly this one, whoever had it; false if it is leased or never is.
  bool take(const IpAddress& address, const std::string& identity);
  // What is not leased is ignored.
  void release(const IpAddress& address);
  // This identity had it, and gave it back after all that were restored before.
  void restore(const IpAddress& address, const std::string& identity);

  const IpPrefix& prefix() const { return prefix_; }
  const std::set<IpAddress>& reserved() const { return reserved_; }
  std::size_t leased_count() const { return leased_.size(); }
  // Somebody went away without an address, and none has been given back since.
  bool is_exhausted() const { return is_exhausted_; }

 private:
  using Age = std::uint64_t;  // Counts releases: the lower, the longer ago.
  struct Former {
    IpAddress address;
    std::string identity;
  };

  bool is_leasable(const IpAddress& address) const;
  bool is_free_for(const IpAddress& address, const std::string& identity) const;
  std::optional<IpAddress> last_of(const std::string& identity) const;
  std::optional<IpAddress> next_fresh();
  std::optional<IpAddress> next_forgotten();
  std::optional<IpAddress> longest_free() const;
  void forget(Age age);

  IpPrefix prefix_;
  std::set<IpAddress> reserved_;
  std::map<IpAddress, std::string> leased_;  // To whom.
  std::map<Age, Former> formers_;            // Free ones that somebody had, and who; the two maps below find them.
  std::map<IpAddress, Age> age_of_address_;
  std::map<std::string, std::set<Age>> ages_of_identity_;
  // Nobody had this one or any after it, but for the wished ones; nothing: none is left.
  std::optional<IpAddress> fresh_;
  bool has_forgotten_ = false;  // There are free ones before fresh_ that no map knows.
  bool is_exhausted_ = false;
  Age next_age_ = 0;
};

}  // namespace agilevpn::gateway
