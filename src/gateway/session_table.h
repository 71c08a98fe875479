// The clients of a gateway: who is admitted, whose Child SA is whose, and who has been idle the longest.
#pragma once

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
  void end(ike::IkeSaId id, std::string why);
  std::optional<Session> remove(ike::IkeSaId id);

  void add_child_sa(ike::ChildSaId child, ike::IkeSaId id) { owners_[child] = id; }
  void remove_child_sa(ike::ChildSaId child);
  // Counts what passed. Whose it is; nothing if that is over.
  std::optional<ike::IkeSaId> handle_traffic(Instant now, const ike::TrafficReport& report);

  Session* find(ike::IkeSaId id);
  const Map& all() const { return sessions_; }

  // The last traffic of the session that has had none for the longest time.
  std::optional<Instant> idle_since() const;
  // Those that have had none since then.
  std::vector<ike::IkeSaId> all_idle_since(Instant then) const;

 private:
  // Every established session that we are not closing.
  std::set<std::pair<Instant, ike::IkeSaId>> by_last_traffic_;
  Map sessions_;
  std::map<ike::ChildSaId, ike::IkeSaId> owners_;
};

}  // namespace agilevpn::gateway
