// Tells RADIUS servers what the sessions of a gateway do (RFC 2866): when each starts, moves, goes on and stops, and
// what passed. No session waits for it: records are kept while no server takes them (radius/accounting.h).
#pragma once

#include <set>

#include "gateway/session.h"
#include "ike/event.h"
#include "radius/accounting.h"

namespace agilevpn::gateway {

// Of a session that we did not close.
radius::AcctTerminateCause terminate_cause(ike::IkeSaClosed::Reason reason);

class Accountant {
 public:
  // `random` must outlive it. `called_station` is how clients know us.
  Accountant(radius::ClientConfig client, std::string called_station, Duration interim_interval, Random& random)
      : radius_(std::move(client), random),
        called_station_(std::move(called_station)),
        interim_interval_(interim_interval) {}

  // The gateway is there, once; and goes, when all its sessions are over.
  void begin(Instant now, WallTime date);
  void end(Instant now, WallTime date);

  void start(Instant now, WallTime date, ike::IkeSaId id, const Session& session);
  // What is known of it, for a stop after our own death.
  void stand(Instant now, WallTime date, const Session& session);
  // It is somewhere else now, or its time for a record has come.
  void interim(Instant now, WallTime date, ike::IkeSaId id, const Session& session);
  void stop(Instant now, WallTime date, ike::IkeSaId id, const Session& session, radius::AcctTerminateCause cause);
  // Whose time for an interim record has come.
  std::vector<ike::IkeSaId> take_due(Instant now);

  bool has_told_all() const { return radius_.waiting() == 0; }
  radius::Accounting& radius() { return radius_; }
  std::optional<Instant> poll_timeout() const;

 private:
  Duration interval_of(const Session& session) const;
  void schedule(Instant now, ike::IkeSaId id, const Session& session);
  void unschedule(ike::IkeSaId id);
  radius::AccountedSession describe(const Session& session) const;

  radius::Accounting radius_;
  std::string called_station_;
  Duration interim_interval_;
  bool has_begun_ = false;
  bool has_ended_ = false;
  std::set<std::pair<Instant, ike::IkeSaId>> by_due_;
  std::map<ike::IkeSaId, Instant> due_;
};

}  // namespace agilevpn::gateway
