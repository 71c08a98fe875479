#include "crypto/transform.h"

#include <gtest/gtest.h>

namespace agilevpn::crypto {
namespace {

TEST(Transform, IsWrittenAsPeopleWriteIt) {
  EXPECT_EQ(to_string(EncryptionId::AesGcm16, 256), "AES-GCM-16-256");
  EXPECT_EQ(to_string(EncryptionId::ChaCha20Poly1305), "ChaCha20-Poly1305");
  EXPECT_EQ(to_string(PrfId::HmacSha2_256), "PRF-HMAC-SHA2-256");
  EXPECT_EQ(to_string(IntegrityId::HmacSha2_256_128), "HMAC-SHA2-256-128");
  EXPECT_EQ(to_string(KeyExchangeId::Curve25519), "X25519");
  EXPECT_EQ(to_string(KeyExchangeId::Modp2048), "MODP-2048");
  EXPECT_EQ(to_string(CipherSuite{EncryptionId::AesCbc, 256, IntegrityId::HmacSha2_256_128}),
            "AES-CBC-256/HMAC-SHA2-256-128");
  EXPECT_EQ(to_string(CipherSuite{EncryptionId::AesGcm16, 128}), "AES-GCM-16-128");
}

TEST(Transform, ThatIsUnknownIsShownByItsNumber) {
  EXPECT_EQ(to_string(static_cast<EncryptionId>(99)), "encryption 99");
  EXPECT_EQ(to_string(static_cast<EncryptionId>(99), 128), "encryption 99-128");
  EXPECT_EQ(to_string(static_cast<PrfId>(99)), "PRF 99");
  EXPECT_EQ(to_string(static_cast<IntegrityId>(99)), "integrity 99");
  EXPECT_EQ(to_string(static_cast<KeyExchangeId>(99)), "key exchange 99");
}

TEST(Transform, KnowsTheCombinedModes) {
  EXPECT_TRUE(is_aead(EncryptionId::AesGcm8));
  EXPECT_TRUE(is_aead(EncryptionId::ChaCha20Poly1305));
  EXPECT_FALSE(is_aead(EncryptionId::AesCbc));
  EXPECT_FALSE(is_aead(static_cast<EncryptionId>(99)));
}

}  // namespace
}  // namespace agilevpn::crypto
