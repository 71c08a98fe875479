// One client as the gateway keeps it, from its admission on.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/config.h"
#include "ike/traffic_meter.h"

namespace agilevpn::gateway {

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
  std::string ending;  // Why we closed it, if we did.
};

}  // namespace agilevpn::gateway
