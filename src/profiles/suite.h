// The one suite that a device is told to offer. Most built-in clients can be given exactly one; offered alone, it must be
// what the gateway's policy accepts, and it may as well be the best of what both can do.
#pragma once

#include <string>

#include "base/error.h"
#include "crypto/transform.h"
#include "ike/policy.h"

namespace agilevpn::profiles {

enum class Platform : std::uint8_t { Windows, Windows7, Apple, Android, StrongSwan };

struct Suite {
  crypto::CipherSuite ike;
  crypto::PrfId prf;
  crypto::KeyExchangeId method;
  crypto::CipherSuite esp;

  friend bool operator==(const Suite&, const Suite&) = default;
};

std::string_view to_string(Platform platform);

// Fails if the policy accepts nothing that the platform can offer. No platform offers extended sequence numbers.
Result<Suite, Error> choose_suite(const ike::Policy& policy, Platform platform);

// As gateway.toml and strongSwan write them: "aes256gcm16-prfsha256-x25519", and "aes256gcm16".
std::string ike_proposal(const Suite& suite);
std::string esp_proposal(const Suite& suite);
// With the key exchange of a rekey (PFS), as strongSwan writes it.
std::string esp_proposal(const Suite& suite, bool pfs);

}  // namespace agilevpn::profiles
