#include "client/authentication.h"

#include <fmt/format.h>

namespace agilevpn::client {

Result<crypto::PublicKey, Disbelieved> believe(const Profile& profile, const ike::Credentials& credentials,
                                               const std::vector<Bytes>& certificates,
                                               const std::vector<ike::wire::Identity>& names, const ike::LocalAuth& own,
                                               WallTime now, const ike::RevocationAnswer* revocation) {
  const auto rules = ike::rules_after(profile.rules, profile.revocation, revocation);
  if (!rules) return Failure{Disbelieved{rules.error(), ike::fault_of(revocation, rules.error())}};
  auto key = credentials.verify(certificates, names, *rules, own, now);
  if (!key) return Failure{Disbelieved{key.error().to_string(), key.error()}};
  return *std::move(key);
}

Result<ike::PeerAccepted, Disbelieved> authenticate_gateway(const Profile& profile, const ike::Credentials& credentials,
                                                            const ike::AuthenticatePeer& gateway, WallTime now,
                                                            const ike::RevocationAnswer* revocation) {
  const ike::wire::Identity expected = profile.expected_gateway();
  const auto* shared = std::get_if<ike::PskAuth>(&profile.auth);
  if (shared && gateway.uses_certificate)
    return Failure{Disbelieved{"the gateway authenticates with a certificate, this profile with a pre-shared key", {}}};
  if (!shared && !gateway.uses_certificate)
    return Failure{Disbelieved{"the gateway authenticates with a pre-shared key, this profile with a certificate", {}}};
  if (shared) {
    if (gateway.peer == expected) return ike::PeerAccepted{.key = shared->psk.copy()};
    return Failure{Disbelieved{
        fmt::format("the gateway says that it is {}, expected {}", gateway.peer.to_string(), expected.to_string()),
        {}}};
  }
  // The gateway may call itself by another of its certificate's names, as long as the expected one is there as well.
  TRY_ASSIGN(auto key, believe(profile, credentials, gateway.certificates, {expected, gateway.peer}, profile.auth, now,
                               revocation));
  return ike::PeerAccepted{.key = std::move(key)};
}

}  // namespace agilevpn::client
