// Who must go where somebody new comes in: sessions of the same client that it has lost, and devices that are too many.
// Decides only: who gives way, Openings closes, or the engine does, once the newest is certain.
#pragma once

#include <string>
#include <vector>

#include "gateway/leases.h"
#include "gateway/networks.h"
#include "gateway/session_table.h"
#include "ike/endpoint.h"

namespace agilevpn::gateway {

class Precedence {
 public:
  // All of them must outlive it.
  Precedence(SessionTable& sessions, const ike::Endpoint& engine, const Leases& leases, const Networks& networks)
      : sessions_(sessions), engine_(engine), leases_(leases), networks_(networks) {}

  // The engine ends the peer's older sessions as soon as this one is established (RFC 7296 §2.4), but the `spared`. Until
  // then they keep all that they have, and what the newest of them has is this one's too.
  std::vector<ike::IkeSaId> replaced_by(const ike::AssignAddresses& newest,
                                        const std::vector<ike::IkeSaId>& spared) const;
  // Of these, those that may be alive for all that we know. INITIAL_CONTACT says that they are dead, which is all that a client
  // knows of itself: two phones of one user, each with a profile of the same name, say it of each other.
  std::vector<ike::IkeSaId> in_doubt(const ike::AssignAddresses& newest, Uniqueness uniqueness) const;
  // Besides those `replaced`: a client that comes anew and wants the address of its former session, or is to have no other, has
  // lost that session, whatever we think. So has one that comes from where that session is.
  std::vector<ike::IkeSaId> taken_over(Instant now, const ike::AssignAddresses& newest, const ConnectionRule& rule,
                                       const std::vector<ike::IkeSaId>& replaced) const;
  // For one more device of its owner, besides those `replaced`; or why there is no room.
  Result<std::vector<ike::IkeSaId>, std::string> make_room(const ike::AssignAddresses& newest,
                                                           const std::vector<ike::IkeSaId>& replaced) const;

 private:
  // No two clients have the same outer address and port.
  bool is_where(ike::IkeSaId newest, ike::IkeSaId older) const;
  // One that was killed is there again, and knows nothing of it.
  bool is_in_place_of(ike::IkeSaId newest, ike::IkeSaId older) const;
  // The same client, by its ticket.
  bool is_its_own(const ike::AssignAddresses& newest, ike::IkeSaId older) const;

  SessionTable& sessions_;
  const ike::Endpoint& engine_;
  const Leases& leases_;
  const Networks& networks_;
};

// "anna may have one device at a time"; only where there is a limit.
std::string devices_limit(const Session& session);

}  // namespace agilevpn::gateway
