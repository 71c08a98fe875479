// Diffie-Hellman over the integers modulo a safe prime, with generator 2 (RFC 2409 §6.2, RFC 3526).
#pragma once

#include <openssl/bn.h>

#include <optional>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/openssl.h"
#include "crypto/transform.h"

namespace agilevpn::crypto {

class ModpGroup {
 public:
  // Alive until the program ends; null for a method that is no MODP group of this build.
  static const ModpGroup* find(KeyExchangeId method);
  ModpGroup(BIGNUM* prime, unsigned exponent_bits);

  std::size_t public_size() const { return size_; }
  Secret private_key(Random& random) const { return random.secret_bytes(exponent_bits_ / 8); }
  // g^x mod p, padded to the size of p.
  Bytes public_value(ByteView private_key) const;
  // Nothing for a value outside 1 < y < p-1 (RFC 6989 §2.1) or of the wrong size.
  std::optional<Secret> shared_secret(ByteView private_key, ByteView peer_public_value) const;

 private:
  void power(const BIGNUM* base, ByteView exponent, MutableByteView out) const;

  OwnedBn prime_;
  Owned<BN_MONT_CTX, BN_MONT_CTX_free> montgomery_;
  unsigned exponent_bits_;
  std::size_t size_;
};

}  // namespace agilevpn::crypto
