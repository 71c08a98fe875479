// Is this the gateway that the user meant?
#pragma once

#include "client/profile.h"
#include "ike/credentials.h"

namespace agilevpn::client {

// The reason of a refusal is one sentence for the user: which check failed and what was expected.
struct Disbelieved {
  std::string reason;
  std::optional<crypto::CertificateError> certificate;
};
Result<ike::PeerAccepted, Disbelieved> authenticate_gateway(const Profile& profile, const ike::Credentials& credentials,
                                                            const ike::AuthenticatePeer& gateway, WallTime now,
                                                            const ike::RevocationAnswer* revocation = nullptr);

}  // namespace agilevpn::client
