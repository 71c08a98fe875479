// One client as the gateway keeps it, from its admission on.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/config.h"
#include "ike/traffic_meter.h"
#include "radius/iana.h"

namespace agilevpn::gateway {

// Why we closed it.
struct Ending {
  radius::AcctTerminateCause cause{};
  std::string why;
};

struct Session {
  std::shared_ptr<const ConnectionRule> rule;
  ike::wire::Identity peer;
  std::string user;  // As it is kept; empty: the peer is nobody's user.
  bool is_established = false;
  Instant since;
  Instant last_traffic;  // In either direction.
  Duration idle_timeout{};     // Without traffic for so long, it is closed. 0: never.
  Duration session_timeout{};  // After so long it is closed in any case. 0: never.
  std::optional<Instant> dormant_since;
  ike::TrafficMeter traffic;
  Path path;                           // The outer one, of now.
  std::optional<ike::Lease> lease;
  std::string accounting_id;           // Acct-Session-Id; empty: RADIUS is not spoken here.
  std::vector<Bytes> classes;          // What a RADIUS server wants back in accounting.
  bool is_by_radius = false;           // A RADIUS server let it in.
  Duration interim_interval{};         // As it granted. 0: the gateway's.
  std::optional<Ending> ending;        // If we closed it.
};

}  // namespace agilevpn::gateway
