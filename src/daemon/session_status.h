// The roles' own views of a session, as the plain values that the control API serves.
#pragma once

#include "client/connection.h"
#include "control/status.h"
#include "gateway/gateway.h"

namespace agilevpn::daemon {

// One moment on both clocks: what the roles count in, as the calendar says it.
struct Moment {
  Instant now;
  WallTime wall_now;

  WallTime wall(Instant when) const;
  // Not below zero.
  std::chrono::seconds until(Instant when) const;
};

control::SessionStatus to_status(const client::SessionInfo& session, std::uint64_t id, const Moment& moment);
control::SessionStatus to_status(const gateway::SessionInfo& session, const Moment& moment);
control::PathStatus to_status(const mobility::Candidate& candidate, const client::SessionInfo& session);

}  // namespace agilevpn::daemon
