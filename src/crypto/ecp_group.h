// Diffie-Hellman over the NIST curves P-256, P-384 and P-521 (RFC 5903). Public values are x | y, each padded to the
// size of the field.
#pragma once

#include <optional>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/openssl.h"
#include "crypto/transform.h"

namespace agilevpn::crypto {

class EcpGroup {
 public:
  // Alive until the program ends; null for a method that is no ECP group of this build.
  static const EcpGroup* find(KeyExchangeId method);
  explicit EcpGroup(int curve_nid);

  std::size_t public_size() const { return 2 * field_size_; }
  // Uniform in [1, n-1].
  Secret private_key(Random& random) const;
  Bytes public_value(ByteView private_key) const;
  // RFC 5903 §7: the x coordinate alone. Nothing for a point that is not on the curve (RFC 6989 §2.3).
  std::optional<Secret> shared_secret(ByteView private_key, ByteView peer_public_value) const;

 private:
  Owned<EC_GROUP, EC_GROUP_free> group_;
  std::size_t field_size_;
};

}  // namespace agilevpn::crypto
