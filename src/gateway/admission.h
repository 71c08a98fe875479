// Whom the gateway lets in: the connection rules, tried in their order. Decides on one peer at a time and remembers
// nothing.
#pragma once

#include "gateway/config.h"
#include "ike/credentials.h"

namespace agilevpn::gateway {

struct Admitted {
  ike::PeerAccepted answer;
  const ConnectionRule* rule = nullptr;
};

// The reason of a refusal names every rule that was tried and the check that failed: it is for the operator, the peer
// hears AUTHENTICATION_FAILED only.
Result<Admitted, std::string> admit(const Config& config, const ike::Credentials& credentials,
                                    const ike::AuthenticatePeer& peer, WallTime now);

}  // namespace agilevpn::gateway
