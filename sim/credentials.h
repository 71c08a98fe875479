// Who the hosts of the simulated world are and how they prove it: a pre-shared key, or certificates of a test CA. Made
// once per process; a run draws nothing from the keys' own randomness, so a seed still replays a run.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crypto/certificate.h"
#include "crypto/certificate_authority.h"
#include "ike/credentials.h"

namespace agilevpn::sim {

// The calendar at Instant{}, and later.
inline constexpr WallTime calendar_start = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
WallTime calendar(Instant now);

struct Credentials {
  ike::wire::Identity identity;
  Secret psk;  // Used when there is no key.
  std::optional<crypto::PrivateKey> key;
  std::vector<crypto::Certificate> chain;    // Our own first.
  std::vector<crypto::Certificate> anchors;  // Whom we trust.

  static Credentials with_psk(std::string_view identity, std::string_view psk = "a long shared secret");
  // A certificate with this identity as its alternative name, issued by the test CA for keys of this type; of a gateway
  // if the identity is a domain name, else of a client.
  static Credentials with_certificate(std::string_view identity, crypto::KeyType type = crypto::KeyType::Ed25519);

  Credentials copy() const { return {identity, psk.copy(), key, chain, anchors}; }
  ike::LocalAuth local_auth() const;
  // For roles, and to answer the engine's questions.
  ike::Credentials trust() const;
  // The key that must verify what this peer signed, or why it is not believed.
  Result<std::variant<crypto::PublicKey, Secret>, std::string> verify(const ike::AuthenticatePeer& peer,
                                                                      WallTime now) const;
};

}  // namespace agilevpn::sim
