// What `agilevpn status` shows of a client's connection.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/event.h"
#include "client/host_change.h"
#include "ike/endpoint.h"

namespace agilevpn::client {

struct Move {
  Instant when;
  Path from;
  Path to;
  std::string from_link;
  std::string to_link;
  std::string reason;
  std::optional<Duration> took;  // Until the gateway answered there; nothing if it has not yet.
};

struct SessionInfo {
  std::string profile;
  std::string gateway;  // As configured.
  State state = State::Off;
  Instant state_since;
  std::string reason;
  std::optional<std::string> question;  // While connecting: what the gateway asks the user.
  std::optional<Instant> gives_up_at;   // While dormant.
  std::optional<Instant> retry_at;      // While connecting: the next attempt.
  std::string link;                     // Network adapter used.
  std::optional<Path> path;             // Origin address and gateway address.
  std::optional<Duration> round_trip;   // Of the last exchange on that path.
  std::optional<TunnelUp> tunnel;       // What the host was told: routes, DNS. It outlives the session.
  std::optional<Instant> connected_since;
  bool wants_mobike = true;              // The profile does; whether the gateway does too, is in ike_sa.
  std::optional<ike::IkeSaInfo> ike_sa;  // NAT, MOBIKE, suites, inner addresses, time to rekey.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::vector<Move> moves;  // The last limits::moves_kept.
};

}  // namespace agilevpn::client
