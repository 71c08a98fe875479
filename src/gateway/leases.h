// The address pools of a gateway, and which session holds what of them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gateway/address_pool.h"
#include "gateway/config.h"
#include "gateway/refusal.h"
#include "gateway/user.h"
#include "ike/ask.h"

namespace agilevpn::gateway {

// Why there is no address.
struct Lack {
  Refusal cause{};
  std::string why;
};

class Leases {
 public:
  explicit Leases(const std::vector<PoolConfig>& pools);

  // `owner` had these, in the order of their return.
  void restore(const LeasedAddress& lease, const std::string& owner);

  // An address of each family that the peer wants and the rule has a pool for, and what goes with them. The reason if
  // there is none, or a pool is exhausted. Who wants none gets none.
  Result<ike::Lease, Lack> assign(const ike::AssignAddresses& question, const ConnectionRule& rule,
                                  const std::string& owner);
  std::vector<LeasedAddress> of(ike::IkeSaId session) const;
  bool holds(ike::IkeSaId session, const IpAddress& address) const;
  // What it held until now is its own again, also what the session that replaces it was assigned meanwhile.
  void hold(ike::IkeSaId session, const std::string& owner, const std::vector<LeasedAddress>& leases);
  // Everything that the session holds: what of that no other session holds too.
  std::vector<LeasedAddress> release(ike::IkeSaId session);
  // One sentence for each pool that somebody was refused an address of.
  std::vector<std::string> warnings() const;

 private:
  using PoolKey = std::pair<std::string, Family>;
  static PoolKey key_of(const LeasedAddress& lease) { return {lease.pool, lease.address.family()}; }

  void note(ike::IkeSaId session, LeasedAddress lease);
  // The address that is this peer's, whatever the pools have; the reason if another session has it, or no client can.
  Result<std::optional<IpAddress>, Lack> take_framed(ike::IkeSaId session, const std::string& owner,
                                                     const IpAddress& address);
  // Nothing if the rule has no pool of this family.
  Result<std::optional<IpAddress>, Lack> take(const ike::AssignAddresses& question, const ConnectionRule& rule,
                                              const std::string& owner, Family family);

  // What Windows asks for besides: WINS servers, and the gateway's own address in the pool of each leased address.
  void add_wishes_of_windows(const ike::AssignAddresses& question, const ConnectionRule& rule, ike::Lease& lease) const;
  // Of a framed address that is of no pool, the first of its family that the rule names; null: it names none.
  const AddressPool* pool_of(const LeasedAddress& lease, const ConnectionRule& rule) const;

  std::map<PoolKey, AddressPool> pools_;
  std::multimap<ike::IkeSaId, LeasedAddress> held_;
  std::multiset<IpAddress> addresses_;  // Of those: twice while a session and the one that replaces it are there.
};

}  // namespace agilevpn::gateway
