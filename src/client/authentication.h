// Is this the gateway that the user meant?
#pragma once

#include "client/profile.h"
#include "ike/credentials.h"

namespace agilevpn::client {

// The reason of a refusal is one sentence for the user: which check failed and what was expected.
Result<ike::PeerAccepted, std::string> authenticate_gateway(const Profile& profile, const ike::Credentials& credentials,
                                                            const ike::AuthenticatePeer& gateway, WallTime now,
                                                            const ike::RevocationAnswer* revocation = nullptr);

}  // namespace agilevpn::client
