// AES-XCBC-MAC (RFC 3566), which OpenSSL does not have: CBC-MAC whose last block is masked by one of two keys.
#pragma once

#include <array>

#include "crypto/openssl.h"

namespace agilevpn::crypto {

class AesXcbc {
 public:
  static constexpr std::size_t block_size = 16;  // Octets of the key, of a block, and of the result.

  explicit AesXcbc(ByteView key);
  AesXcbc(AesXcbc&&) noexcept = default;
  AesXcbc& operator=(AesXcbc&&) noexcept = default;
  ~AesXcbc();

  void restart();
  void update(ByteView octets);
  // The first out.size() octets of the result.
  void finish(MutableByteView out);

 private:
  using Block = std::array<std::byte, block_size>;

  // One more block of the chain; what it makes stands in `block` then.
  void chain(Block& block);

  OwnedCipherCtx context_;              // AES-CBC with K1: OpenSSL keeps the chain.
  Block whole_mask_{}, padded_mask_{};  // K2 and K3.
  Block last_{};                        // What may be the last block, and how much of it is there.
  std::size_t filled_ = 0;
};

}  // namespace agilevpn::crypto
