#include "store/leases.h"

namespace agilevpn::store {

Stored<std::vector<Lease>> Leases::load() const {
  TRY_ASSIGN(Statement rows, database_.prepare("SELECT pool, address, identity, device, leased, released FROM leases "
                                               "ORDER BY released NULLS LAST, leased, pool, address"));
  std::vector<Lease> out;
  for (;;) {
    TRY_ASSIGN(const bool is_there, rows.step());
    if (!is_there) return out;
    const auto address = IpAddress::parse(rows.text(1));
    if (!address) continue;  // No hand of ours wrote it.
    out.push_back({rows.text(0), *address, rows.text(2), rows.text(3), rows.time(4), rows.optional_time(5)});
  }
}

Stored<> Leases::put(const Lease& lease) {
  return database_.run(
      "INSERT OR REPLACE INTO leases (pool, address, identity, device, leased, released) VALUES (?, ?, ?, ?, ?, ?)",
      lease.pool, lease.address.to_string(), lease.identity, lease.device, lease.leased, lease.released);
}

Stored<> Leases::release(std::string_view pool, const IpAddress& address, WallTime now) {
  return database_.run("UPDATE leases SET released = ? WHERE pool = ? AND address = ?", now, pool, address.to_string());
}

Stored<> Leases::release_all(WallTime now) {
  return database_.run("UPDATE leases SET released = ? WHERE released IS NULL", now);
}

Stored<> Leases::forget_old(WallTime now, std::size_t former_leases_max) {
  TRY(database_.run("DELETE FROM leases WHERE released < ?", now - limits::lease_age_max));
  return database_.run(
      "DELETE FROM leases WHERE released IS NOT NULL AND released < "
      "(SELECT min(released) FROM (SELECT released FROM leases WHERE released IS NOT NULL ORDER BY released DESC LIMIT "
      "?))",
      former_leases_max);
}

}  // namespace agilevpn::store
