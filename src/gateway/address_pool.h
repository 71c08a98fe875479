// Inner addresses of one family. An identity gets the address it had before as long as nobody else needed it; the ones
// longest unused go first. In memory: what must survive a restart is the store's.
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
  // Never leases `reserved` (the gateway's own inner address), of IPv4 prefixes the first and last address nor any that
  // ends in .0 or .255 (some systems take them for a network's or a broadcast address), of IPv6 prefixes the
  // subnet-router anycast address (RFC 4291 §2.6.1) nor any that ends in sixteen zero bits.
  explicit AddressPool(IpPrefix prefix, std::vector<IpAddress> reserved = {});

  // The wished one if it is free and in the pool, the last one of this identity, one that nobody had, the one longest
  // free; nothing if the pool is exhausted.
  std::optional<IpAddress> lease(const std::string& identity, const std::optional<IpAddress>& wished);
  // What is not leased is ignored.
  void release(const IpAddress& address);

  const IpPrefix& prefix() const { return prefix_; }
  std::size_t leased_count() const { return leased_.size(); }
  // How many more fit; capped at 2^32.
  std::uint64_t free_count() const;

 private:
  struct Remembered {
    std::string identity;
    std::uint64_t released;  // A counter: the lower, the longer ago.
  };

  bool is_leasable(const IpAddress& address) const;
  std::optional<IpAddress> next_fresh();
  std::optional<IpAddress> longest_free();
  void take(const IpAddress& address, const std::string& identity);

  IpPrefix prefix_;
  std::set<IpAddress> reserved_;
  std::map<IpAddress, std::string> leased_;
  std::map<IpAddress, Remembered> remembered_;      // Free ones that somebody had.
  std::map<std::string, std::set<IpAddress>> had_;  // The same, by identity.
  std::optional<IpAddress> fresh_;                  // The first one that nobody ever had; nothing: all had an owner.
  std::uint64_t releases_ = 0;
};

}  // namespace agilevpn::gateway
