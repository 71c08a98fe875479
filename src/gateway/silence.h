// Whether a client is still heard of.
#pragma once

#include "ike/endpoint.h"

namespace agilevpn::gateway {

// Nothing authentic has come from it for so long.
inline bool is_silent(const ike::Endpoint& engine, Instant now, ike::IkeSaId id, Duration silence) {
  const auto info = engine.find(id);
  return !info || now >= info->last_heard + silence;
}

}  // namespace agilevpn::gateway
