// One direction of packet protection: what IKE's SK payload (RFC 7296 §3.14, RFC 5282) and ESP (RFC 4303, 4106, 7634)
// do to octets between the IV and the ICV. It knows no packet format: the caller lays out header, IV, text and ICV,
// pads, and never repeats an IV.
//
// A cipher with integrity authenticates  aad | iv | ciphertext | trailer  (encrypt-then-MAC).
// An AEAD authenticates  aad  and the ciphertext; it takes no trailer.
//
// seal() and open() allocate nothing, lock nothing and make no system call. Not thread-safe: one per worker. (Inside
// OpenSSL 3.0 an HMAC copies two hash states, a hundred octets each, on the heap; its AEADs do not.)
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/transform.h"

namespace agilevpn::crypto {

class PacketCipher {
 public:
  struct Sizes {
    std::size_t encryption_key;  // Octets of KEYMAT, with the 4-octet salt of GCM and ChaCha20 (3 for CCM) at its end.
    std::size_t integrity_key;   // Octets; 0 for an AEAD.
    std::size_t iv;              // Octets of IV on the wire: 8 or 16.
    std::size_t icv;             // Octets of ICV on the wire.
    std::size_t block;           // The text must be a multiple of this many octets (1 for AEADs).
  };
  // Nothing if this build cannot do the suite.
  static std::optional<Sizes> sizes(const CipherSuite& suite);

  // Keys of exactly sizes() octets. Nothing for a suite this build cannot do.
  static std::optional<PacketCipher> make(const CipherSuite& suite, ByteView encryption_key, ByteView integrity_key);

  PacketCipher(PacketCipher&&) noexcept;
  PacketCipher& operator=(PacketCipher&&) noexcept;
  ~PacketCipher();

  const Sizes& sizes() const;

  // Encrypts `text` in place and writes the ICV. `iv` is what stands on the wire.
  void seal(ByteView aad, ByteView iv, MutableByteView text, MutableByteView icv, ByteView trailer = {});
  // Verifies, then decrypts `text` in place. False: nothing may be believed of `text`, whose content is unspecified.
  [[nodiscard]] bool open(ByteView aad, ByteView iv, MutableByteView text, ByteView icv, ByteView trailer = {});

 private:
  struct State;
  explicit PacketCipher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agilevpn::crypto
