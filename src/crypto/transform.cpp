#include "crypto/transform.h"

#include <fmt/format.h>

namespace agilevpn::crypto {

namespace {

template <class Id>
std::string unknown(std::string_view what, Id id) {
  return fmt::format("{} {}", what, static_cast<unsigned>(id));
}

// Without the key length; empty for an unknown one.
std::string_view name_of(EncryptionId id) {
  switch (id) {
    case EncryptionId::Des: return "DES-CBC";
    case EncryptionId::TripleDes: return "3DES-CBC";
    case EncryptionId::Null: return "NULL";
    case EncryptionId::AesCbc: return "AES-CBC";
    case EncryptionId::AesCtr: return "AES-CTR";
    case EncryptionId::AesCcm8: return "AES-CCM-8";
    case EncryptionId::AesCcm12: return "AES-CCM-12";
    case EncryptionId::AesCcm16: return "AES-CCM-16";
    case EncryptionId::AesGcm8: return "AES-GCM-8";
    case EncryptionId::AesGcm12: return "AES-GCM-12";
    case EncryptionId::AesGcm16: return "AES-GCM-16";
    case EncryptionId::CamelliaCbc: return "CAMELLIA-CBC";
    case EncryptionId::ChaCha20Poly1305: return "ChaCha20-Poly1305";
  }
  return {};
}

}  // namespace

bool is_aead(EncryptionId id) {
  switch (id) {
    case EncryptionId::AesCcm8:
    case EncryptionId::AesCcm12:
    case EncryptionId::AesCcm16:
    case EncryptionId::AesGcm8:
    case EncryptionId::AesGcm12:
    case EncryptionId::AesGcm16:
    case EncryptionId::ChaCha20Poly1305: return true;
    case EncryptionId::Des:
    case EncryptionId::TripleDes:
    case EncryptionId::Null:
    case EncryptionId::AesCbc:
    case EncryptionId::AesCtr:
    case EncryptionId::CamelliaCbc: return false;
  }
  return false;
}

std::string to_string(EncryptionId id, std::uint16_t key_bits) {
  const std::string_view name = name_of(id);
  const std::string text = name.empty() ? unknown("encryption", id) : std::string{name};
  return key_bits == 0 ? text : fmt::format("{}-{}", text, key_bits);
}

std::string to_string(PrfId id) {
  switch (id) {
    case PrfId::HmacMd5: return "PRF-HMAC-MD5";
    case PrfId::HmacSha1: return "PRF-HMAC-SHA1";
    case PrfId::Aes128Xcbc: return "PRF-AES128-XCBC";
    case PrfId::HmacSha2_256: return "PRF-HMAC-SHA2-256";
    case PrfId::HmacSha2_384: return "PRF-HMAC-SHA2-384";
    case PrfId::HmacSha2_512: return "PRF-HMAC-SHA2-512";
    case PrfId::Aes128Cmac: return "PRF-AES128-CMAC";
  }
  return unknown("PRF", id);
}

std::string to_string(IntegrityId id) {
  switch (id) {
    case IntegrityId::None: return "NONE";
    case IntegrityId::HmacMd5_96: return "HMAC-MD5-96";
    case IntegrityId::HmacSha1_96: return "HMAC-SHA1-96";
    case IntegrityId::AesXcbc96: return "AES-XCBC-96";
    case IntegrityId::HmacSha1_160: return "HMAC-SHA1-160";
    case IntegrityId::AesCmac96: return "AES-CMAC-96";
    case IntegrityId::HmacSha2_256_128: return "HMAC-SHA2-256-128";
    case IntegrityId::HmacSha2_384_192: return "HMAC-SHA2-384-192";
    case IntegrityId::HmacSha2_512_256: return "HMAC-SHA2-512-256";
  }
  return unknown("integrity", id);
}

std::string to_string(KeyExchangeId id) {
  switch (id) {
    case KeyExchangeId::None: return "NONE";
    case KeyExchangeId::Modp768: return "MODP-768";
    case KeyExchangeId::Modp1024: return "MODP-1024";
    case KeyExchangeId::Modp1536: return "MODP-1536";
    case KeyExchangeId::Modp2048: return "MODP-2048";
    case KeyExchangeId::Modp3072: return "MODP-3072";
    case KeyExchangeId::Modp4096: return "MODP-4096";
    case KeyExchangeId::Modp6144: return "MODP-6144";
    case KeyExchangeId::Modp8192: return "MODP-8192";
    case KeyExchangeId::Ecp256: return "P-256";
    case KeyExchangeId::Ecp384: return "P-384";
    case KeyExchangeId::Ecp521: return "P-521";
    case KeyExchangeId::Brainpool256: return "brainpoolP256r1";
    case KeyExchangeId::Brainpool384: return "brainpoolP384r1";
    case KeyExchangeId::Brainpool512: return "brainpoolP512r1";
    case KeyExchangeId::Curve25519: return "X25519";
    case KeyExchangeId::Curve448: return "X448";
    case KeyExchangeId::MlKem512: return "ML-KEM-512";
    case KeyExchangeId::MlKem768: return "ML-KEM-768";
    case KeyExchangeId::MlKem1024: return "ML-KEM-1024";
  }
  return unknown("key exchange", id);
}

std::string to_string(const CipherSuite& suite) {
  const std::string encryption = to_string(suite.encryption, suite.key_bits);
  return suite.integrity == IntegrityId::None ? encryption : encryption + '/' + to_string(suite.integrity);
}

}  // namespace agilevpn::crypto
