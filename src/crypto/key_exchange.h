// One side of a key exchange: Diffie-Hellman (RFC 7296 §2.12; RFC 3526, 5903, 6954, 8031), or ML-KEM where OpenSSL has it
// (FIPS 203, draft-ietf-ipsecme-ikev2-mlkem). A private key is used once.
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
  // The initiator's: a fresh key pair, its private part drawn from `random`. Nothing for a method this build cannot do.
  static std::optional<KeyExchange> generate(KeyExchangeId method, Random& random);
  // The responder's, once the initiator's value is here, which a KEM's answer is made from. Nothing if that value must be
  // refused at once; most methods leave it to shared_secret(), which takes the time.
  static std::optional<KeyExchange> respond(KeyExchangeId method, ByteView peer_public_value, Random& random);
  static bool is_supported(KeyExchangeId method);
  // Octets of an initiator's public value of this method (the KE payload's data); 0 if unsupported.
  static std::size_t public_size(KeyExchangeId method);

  KeyExchange(KeyExchange&&) noexcept;
  KeyExchange& operator=(KeyExchange&&) noexcept;
  ~KeyExchange();

  KeyExchangeId method() const;
  // As the KE payload carries it: MODP padded to the modulus, ECP as x | y without the point format octet.
  ByteView public_value() const;
  // g^ir as RFC 7296 §2.14 and RFC 5903 §7 want it, or a KEM's shared secret. Nothing for a peer's value that must be
  // refused: wrong size, not on the curve, 0, 1 or p-1 (RFC 6989 §2), or an all-zero X25519 or X448 result (RFC 8031 §3).
  // A responder gives the value that it was made with.
  std::optional<Secret> shared_secret(ByteView peer_public_value) const;

 private:
  struct State;
  explicit KeyExchange(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agilevpn::crypto
