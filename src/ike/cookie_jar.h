// Stateless cookies against floods of IKE_SA_INIT from forged addresses (RFC 7296 §2.6): an initiator must show that it
// receives what we send to its address before we keep anything.
#pragma once

#include "base/random.h"
#include "ike/wire/message.h"

namespace agilevpn::ike {

class CookieJar {
 public:
  // Cookie = <VersionIDofSecret> | HMAC(<secret>, Ni | IPi | SPIi)
  Bytes make(Instant now, Random& random, ByteView n_i, const IpAddress& initiator, IkeSpi spi_i);
  bool is_valid(Instant now, ByteView cookie, ByteView n_i, const IpAddress& initiator, IkeSpi spi_i) const;

 private:
  struct Recipe {
    std::uint8_t version = 0;
    Secret secret;
    Instant made;
  };
  static Bytes bake(const Recipe& recipe, ByteView n_i, const IpAddress& initiator, IkeSpi spi_i);

  Recipe current_, previous_;
};

}  // namespace agilevpn::ike
