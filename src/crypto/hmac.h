// HMAC (RFC 2104) with one key for many messages: the key is set once, and restart() costs next to nothing.
#pragma once

#include "crypto/openssl.h"

namespace agilevpn::crypto {

class Hmac {
 public:
  // Ready for its first message.
  Hmac(HashId hash, ByteView key);

  void restart();
  void update(ByteView octets);
  // Writes the first out.size() octets of the result, at most the hash's size. restart() before the next message.
  void finish(MutableByteView out);

 private:
  OwnedMacCtx context_;
};

}  // namespace agilevpn::crypto
