// Message authentication codes with one key for many messages: the key is set once, and restart() costs next to nothing.
#pragma once

#include <variant>

#include "crypto/aes_xcbc.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

enum class MacId : std::uint8_t {
  HmacSha1,  // RFC 2104
  HmacSha2_256,
  HmacSha2_384,
  HmacSha2_512,
  AesXcbc,  // RFC 3566
  AesCmac,  // RFC 4493
};

class Mac {
 public:
  // Ready for its first message. A key of any size for HMAC, of 16 octets for the AES ones.
  Mac(MacId id, ByteView key);
  // Octets of a whole result.
  static std::size_t size(MacId id);

  void restart();
  void update(ByteView octets);
  // Writes the first out.size() octets of the result, at most size(). restart() before the next message.
  void finish(MutableByteView out);

 private:
  // OpenSSL's context, spoken to as AesXcbc is.
  struct Evp {
    void restart();
    void update(ByteView octets);
    void finish(MutableByteView out);
    OwnedMacCtx context;
  };
  static std::variant<Evp, AesXcbc> make(MacId id, ByteView key);

  std::variant<Evp, AesXcbc> state_;
};

}  // namespace agilevpn::crypto
