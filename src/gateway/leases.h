// The address pools of a gateway, and which session holds what of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/address_pool.h"
#include "gateway/config.h"
#include "ike/ask.h"

namespace agilevpn::gateway {

class Leases {
 public:
  explicit Leases(const std::vector<PoolConfig>& pools);

  // An address of each family that the peer wants and the rule has a pool for, and what goes with them. The reason if
  // there is none, or a pool is exhausted.
  Result<ike::Lease, std::string> assign(const ike::AssignAddresses& question, const ConnectionRule& rule);
  bool holds(ike::IkeSaId session, const IpAddress& address) const;
  // Everything that the session holds.
  void release(ike::IkeSaId session);

 private:
  struct Held {
    std::string pool;  // Empty: of none.
    IpAddress address;
  };

  // The address that is this peer's, whatever the pools have; the reason if another session has it.
  Result<std::optional<IpAddress>, std::string> take_framed(const ike::AssignAddresses& question, const IpAddress& address);
  // Nothing if the rule has no pool of this family.
  Result<std::optional<IpAddress>, std::string> take(const ike::AssignAddresses& question, const ConnectionRule& rule,
                                                     Family family);

  std::map<std::string, AddressPool> pools_;
  std::multimap<ike::IkeSaId, Held> held_;
};

}  // namespace agilevpn::gateway
