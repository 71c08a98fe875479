// The clients of a gateway: who is admitted, whose Child SA is whose, and whose time is up.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "gateway/session.h"

namespace agilevpn::gateway {

class SessionTable {
 public:
  using Map = std::map<ike::IkeSaId, Session>;

  void admit(ike::IkeSaId id, Session session);
  // It is established: from now on it may be idle. nullptr: it is not here.
  Session* start(Instant now, ike::IkeSaId id);
  // We are closing it, for this reason. It is not idle any more.
  void end(ike::IkeSaId id, Ending why);
  // It is over, and only its last figures are still to come; nullptr: it is not here. Then bury() it.
  const Session* remove(ike::IkeSaId id);
  std::optional<Session> bury(ike::IkeSaId id);

  void add_child_sa(ike::ChildSaId child, ike::IkeSaId id);
  // Counts what passed. Whose it is; nothing if that is over.
  std::optional<ike::IkeSaId> handle_traffic(Instant now, const ike::TrafficReport& report);

  Session* find(ike::IkeSaId id);
  // Changes its timeouts.
  void change(ike::IkeSaId id, const std::function<void(Session&)>& work);
  const Map& all() const { return sessions_; }
  // Those of this peer.
  std::vector<ike::IkeSaId> all_of(const ike::wire::Identity& peer) const;

  // When the first session has been idle for too long, or its time is up.
  std::optional<Instant> first_deadline() const;
  // Those whose deadline has come, the earliest first.
  std::vector<ike::IkeSaId> all_due(Instant now) const;

 private:
  void watch(ike::IkeSaId id, const Session& session);
  bool unwatch(ike::IkeSaId id, const Session& session);

  // Every established session with a deadline that we are not closing.
  std::set<std::pair<Instant, ike::IkeSaId>> by_deadline_;
  Map sessions_;
  std::set<std::pair<ike::wire::Identity, ike::IkeSaId>> by_peer_;
  Map over_;
  std::map<ike::ChildSaId, ike::IkeSaId> owners_;
};

}  // namespace agilevpn::gateway
