// Which inner address belongs to whom, so that a client has the same one after the gateway was restarted or died.
//
//   at start      release_all(now), forget_old(now), load()  --> the pools, in this order: what was given back longest
//                                                                ago is the first to find another owner
//   a client comes          put(lease)
//   it goes                 release(pool, address, now)
//   once an hour            forget_old(now)
//
// The owner is who was authenticated, and the device; who is in no table of users (certificates, RADIUS) has leases as
// well.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "store/database.h"

namespace agilevpn::store {

struct Lease {
  std::string pool;
  IpAddress address;
  std::string identity;
  std::string device;  // May be empty.
  WallTime leased{};
  std::optional<WallTime> released;  // Nothing: in use.

  friend bool operator==(const Lease&, const Lease&) = default;
};

class Leases {
 public:
  explicit Leases(Database& database) : database_(database) {}

  // By age: released ones in the order of their release, then those in use.
  Stored<std::vector<Lease>> load() const;
  // The address is this owner's now, whosesoever it was.
  Stored<> put(const Lease& lease);
  Stored<> release(std::string_view pool, const IpAddress& address, WallTime now);
  Stored<> release_all(WallTime now);
  // What was given back limits::lease_age_max ago, and all but the latest of them.
  Stored<> forget_old(WallTime now, std::size_t former_leases_max = limits::former_leases_max);

 private:
  Database& database_;
};

}  // namespace agilevpn::store
