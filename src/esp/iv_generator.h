// Unpredictable IVs for CBC (RFC 3602 §3), without a source of randomness: the keystream of AES-128-GCM under a key of
// their own, derived from the SA's keys. Whoever lacks those cannot guess the next IV, and none repeats.
#pragma once

#include <array>
#include <optional>

#include "crypto/packet_cipher.h"

namespace agilevpn::esp {

class IvGenerator {
 public:
  // Nothing if this build lacks AES-GCM or HMAC-SHA2-256.
  static std::optional<IvGenerator> make(ByteView encryption_key, ByteView integrity_key);

  // Fills an IV of at most 16 octets.
  void next(MutableByteView iv);

 private:
  explicit IvGenerator(crypto::PacketCipher cipher) : cipher_(std::move(cipher)) {}
  void refill();

  static constexpr std::size_t iv_size = 16;

  crypto::PacketCipher cipher_;
  std::uint64_t refills_ = 0;
  std::array<std::byte, 32 * iv_size> keystream_;
  std::size_t used_ = sizeof keystream_;
};

}  // namespace agilevpn::esp
