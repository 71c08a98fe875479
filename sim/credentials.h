// Who the hosts of the simulated world are and how they prove it: a pre-shared key, or certificates of a test CA. Made
// once per process; a run never draws keys from them by its own randomness, so a seed still replays a run.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crypto/certificate.h"
#include "crypto/certificate_authority.h"
#include "ike/ask.h"

namespace agilevpn::sim {

// The calendar at Instant{}.
inline constexpr WallTime calendar_start = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

struct Credentials {
  ike::wire::Identity identity;
  Secret psk;                                // Used when there is no key.
  std::optional<crypto::PrivateKey> key;
  std::vector<crypto::Certificate> chain;    // Our own first.
  std::vector<crypto::Certificate> anchors;  // Whom we trust.

  static Credentials with_psk(std::string_view identity, std::string_view psk = "a long shared secret");
  // A certificate with this identity as its alternative name, issued by the test CA for keys of this type.
  static Credentials with_certificate(std::string_view identity, crypto::KeyType type = crypto::KeyType::Ed25519);

  ike::LocalAuth local_auth() const;
  std::vector<Bytes> authorities() const;  // For ConnectRequest::authorities.

  // The key that must verify what this peer signed, or why it is not believed.
  Result<std::variant<crypto::PublicKey, Secret>, std::string> verify(const ike::AuthenticatePeer& peer, Instant now) const;
  std::variant<ike::Signature, ike::Refused> sign(const ike::Sign& ask) const;

  Credentials copy() const;
};

}  // namespace agilevpn::sim
