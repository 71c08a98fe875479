// One side of a Diffie-Hellman exchange (RFC 7296 §2.12; RFC 3526, 5903, 6954, 8031). A private key is used once.
#pragma once

#include <memory>
#include <optional>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/transform.h"

namespace agilevpn::crypto {

class KeyExchange {
 public:
  // A fresh key pair, its private part drawn from `random`. Nothing for a method this build cannot do.
  static std::optional<KeyExchange> generate(KeyExchangeId method, Random& random);
  static bool is_supported(KeyExchangeId method);
  // Octets of a public value of this method (the KE payload's data); 0 if unsupported.
  static std::size_t public_size(KeyExchangeId method);

  KeyExchange(KeyExchange&&) noexcept;
  KeyExchange& operator=(KeyExchange&&) noexcept;
  ~KeyExchange();

  KeyExchangeId method() const;
  // As the KE payload carries it: MODP padded to the modulus, ECP as x | y without the point format octet.
  ByteView public_value() const;
  // g^ir as RFC 7296 §2.14 and RFC 5903 §7 want it. Nothing for a peer's value that must be refused: wrong size, not on
  // the curve, 0, 1 or p-1 (RFC 6989 §2), or an all-zero X25519 or X448 result (RFC 8031 §3).
  std::optional<Secret> shared_secret(ByteView peer_public_value) const;

 private:
  struct State;
  explicit KeyExchange(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agilevpn::crypto
