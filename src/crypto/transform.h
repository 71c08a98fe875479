// The transform registries of IKEv2 (IANA "Internet Key Exchange Version 2 (IKEv2) Parameters", Transform Types 1 to
// 5), in registry order and named as registered. They stand here, below ike and esp, since both speak of suites by
// these ids. A value that is not listed is still legal: it came from a peer, is kept, shown by number and never chosen.
#pragma once

#include <cstdint>
#include <string>

namespace agilevpn::crypto {

enum class EncryptionId : std::uint16_t {  // Transform Type 1
  Des = 2,
  TripleDes = 3,
  Null = 11,
  AesCbc = 12,
  AesCtr = 13,
  AesCcm8 = 14,
  AesCcm12 = 15,
  AesCcm16 = 16,
  AesGcm8 = 18,
  AesGcm12 = 19,
  AesGcm16 = 20,
  CamelliaCbc = 23,
  ChaCha20Poly1305 = 28,
};

enum class PrfId : std::uint16_t {  // Transform Type 2
  HmacMd5 = 1,
  HmacSha1 = 2,
  Aes128Xcbc = 4,
  HmacSha2_256 = 5,
  HmacSha2_384 = 6,
  HmacSha2_512 = 7,
  Aes128Cmac = 8,
};

enum class IntegrityId : std::uint16_t {  // Transform Type 3
  None = 0,
  HmacMd5_96 = 1,
  HmacSha1_96 = 2,
  AesXcbc96 = 5,
  HmacSha1_160 = 7,
  AesCmac96 = 8,
  HmacSha2_256_128 = 12,
  HmacSha2_384_192 = 13,
  HmacSha2_512_256 = 14,
};

enum class KeyExchangeId : std::uint16_t {  // Transform Type 4
  None = 0,
  Modp768 = 1,
  Modp1024 = 2,
  Modp1536 = 5,
  Modp2048 = 14,
  Modp3072 = 15,
  Modp4096 = 16,
  Modp6144 = 17,
  Modp8192 = 18,
  Ecp256 = 19,
  Ecp384 = 20,
  Ecp521 = 21,
  Brainpool256 = 28,
  Brainpool384 = 29,
  Brainpool512 = 30,
  Curve25519 = 31,
  Curve448 = 32,
  MlKem512 = 35,
  MlKem768 = 36,
  MlKem1024 = 37,
};

enum class SequenceNumbersId : std::uint16_t {  // Transform Type 5
  No = 0,                                       // 32-bit sequence numbers.
  Esn = 1,                                      // Extended (64-bit) sequence numbers.
};

// How a packet is protected: an AEAD with integrity None, or a cipher with an integrity algorithm.
struct CipherSuite {
  EncryptionId encryption = EncryptionId::AesGcm16;
  std::uint16_t key_bits = 0;  // The Key Length attribute; 0 for ciphers of a fixed key length (ChaCha20, 3DES).
  IntegrityId integrity = IntegrityId::None;

  friend auto operator<=>(const CipherSuite&, const CipherSuite&) = default;
};

// True for the combined-mode ciphers (GCM, CCM, ChaCha20-Poly1305).
bool is_aead(EncryptionId id);

// As people write them: "AES-GCM-16-256", "AES-CBC-128", "HMAC-SHA2-256-128", "PRF-HMAC-SHA2-256", "X25519",
// "P-256", "MODP-2048"; an unknown one as "encryption 99".
std::string to_string(EncryptionId id, std::uint16_t key_bits = 0);
std::string to_string(PrfId id);
std::string to_string(IntegrityId id);
std::string to_string(KeyExchangeId id);
std::string to_string(const CipherSuite& suite);  // "AES-CBC-256/HMAC-SHA2-256-128"

}  // namespace agilevpn::crypto
