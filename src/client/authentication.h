// Is this the gateway that the user meant?
#pragma once

#include "client/profile.h"
#include "ike/credentials.h"

namespace agilevpn::client {

// The reason of a refusal is one sentence for the user: which check failed and what was expected.
struct Disbelieved {
  std::string reason;
  std::optional<crypto::CertificateError> certificate;
  bool is_inside_eap = false;  // It is about the server of the EAP method, which need not be the gateway.
};
// Certificates that must have these names, as the profile wants them; shown in IKE_AUTH or in the TLS of an EAP method.
Result<crypto::PublicKey, Disbelieved> believe(const Profile& profile, const ike::Credentials& credentials,
                                               const std::vector<Bytes>& certificates,
                                               const std::vector<ike::wire::Identity>& names, const ike::LocalAuth& own,
                                               WallTime now, const ike::RevocationAnswer* revocation);
Result<ike::PeerAccepted, Disbelieved> authenticate_gateway(const Profile& profile, const ike::Credentials& credentials,
                                                            const ike::AuthenticatePeer& gateway, WallTime now,
                                                            const ike::RevocationAnswer* revocation = nullptr);

}  // namespace agilevpn::client
