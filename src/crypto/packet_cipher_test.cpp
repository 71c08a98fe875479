#include "crypto/packet_cipher.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace agilevpn::crypto {
namespace {

constexpr CipherSuite suites[] = {
    {EncryptionId::AesGcm8, 128},
    {EncryptionId::AesGcm12, 192},
    {EncryptionId::AesGcm16, 128},
    {EncryptionId::AesGcm16, 256},
    {EncryptionId::ChaCha20Poly1305},
    {EncryptionId::AesCcm8, 128},
    {EncryptionId::AesCcm12, 192},
    {EncryptionId::AesCcm16, 256},
    {EncryptionId::AesCbc, 128, IntegrityId::HmacSha1_96},
    {EncryptionId::AesCbc, 192, IntegrityId::HmacSha2_384_192},
    {EncryptionId::AesCbc, 256, IntegrityId::HmacSha2_256_128},
    {EncryptionId::AesCbc, 256, IntegrityId::HmacSha2_512_256},
    {EncryptionId::AesCtr, 192, IntegrityId::HmacSha2_512_256},
    {EncryptionId::TripleDes, 0, IntegrityId::HmacSha1_160},
    {EncryptionId::Null, 0, IntegrityId::HmacSha2_256_128},
};

// A packet as its parts, sealed with keys drawn from a seed.
struct Packet {
  explicit Packet(const CipherSuite& suite, std::size_t blocks = 4) : sizes(*PacketCipher::sizes(suite)) {
    const Secret encryption_key = random.secret_bytes(sizes.encryption_key);
    const Secret integrity_key = random.secret_bytes(sizes.integrity_key);
    sealer = PacketCipher::make(suite, encryption_key.view(), integrity_key.view());
    opener = PacketCipher::make(suite, encryption_key.view(), integrity_key.view());
    refill(blocks);
  }
  void refill(std::size_t blocks) {
    aad = random.public_bytes(8);
    iv = random.public_bytes(sizes.iv);
    plain = random.public_bytes(blocks * sizes.block);
    if (sizes.integrity_key != 0) trailer = random.public_bytes(4);
    text = plain;
    icv.resize(sizes.icv);
    sealer->seal(aad, iv, text, icv, trailer);
  }
  bool open() { return opener->open(aad, iv, text, icv, trailer); }

  SeededRandom random{7};
  PacketCipher::Sizes sizes;
  std::optional<PacketCipher> sealer, opener;
  Bytes aad, iv, plain, text, icv, trailer;
};

class EverySuite : public testing::TestWithParam<CipherSuite> {};
INSTANTIATE_TEST_SUITE_P(PacketCipher, EverySuite, testing::ValuesIn(suites));

TEST_P(EverySuite, OpensWhatItSealed) {
  Packet packet{GetParam()};
  EXPECT_EQ(packet.text == packet.plain, GetParam().encryption == EncryptionId::Null);
  EXPECT_TRUE(packet.open());
  EXPECT_EQ(packet.text, packet.plain);
}

TEST_P(EverySuite, ServesManyPacketsOfManySizes) {
  Packet packet{GetParam()};
  for (const std::size_t blocks : {0u, 1u, 2u, 3u, 5u, 64u, 90u, 0u, 1u}) {
    packet.refill(blocks);
    ASSERT_TRUE(packet.open()) << blocks;
    EXPECT_EQ(packet.text, packet.plain);
  }
}

TEST_P(EverySuite, WorksInBothDirectionsByTurns) {
  Packet packet{GetParam()};
  std::swap(packet.sealer, packet.opener);
  EXPECT_TRUE(packet.open());
  EXPECT_EQ(packet.text, packet.plain);
  packet.refill(2);
  EXPECT_TRUE(packet.open());
  EXPECT_EQ(packet.text, packet.plain);
}

TEST_P(EverySuite, NoticesEveryChangedPart) {
  for (Bytes Packet::* part : {&Packet::aad, &Packet::iv, &Packet::text, &Packet::icv, &Packet::trailer}) {
    Packet packet{GetParam()};
    if ((packet.*part).empty()) continue;
    (packet.*part).back() ^= std::byte{0x80};
    EXPECT_FALSE(packet.open());
    packet.refill(3);  // And goes on with the next one.
    EXPECT_TRUE(packet.open());
    EXPECT_EQ(packet.text, packet.plain);
  }
}

TEST(PacketCipher, RefusesTextOfBrokenBlocks) {
  Packet packet{{EncryptionId::AesCbc, 128, IntegrityId::HmacSha2_256_128}};
  packet.text.pop_back();
  EXPECT_FALSE(packet.open());
}

TEST(PacketCipher, KnowsTheSizesOfTheRfcs) {
  const auto gcm = *PacketCipher::sizes({EncryptionId::AesGcm16, 256});  // RFC 4106 §8.1: 32 octets and a salt of 4.
  EXPECT_EQ(gcm.encryption_key, 36u);
  EXPECT_EQ(gcm.integrity_key, 0u);
  EXPECT_EQ(gcm.iv, 8u);
  EXPECT_EQ(gcm.icv, 16u);
  EXPECT_EQ(gcm.block, 1u);
  EXPECT_EQ(PacketCipher::sizes({EncryptionId::AesCcm8, 128})->encryption_key, 19u);                  // RFC 4309 §7.1
  EXPECT_EQ(PacketCipher::sizes({EncryptionId::ChaCha20Poly1305})->encryption_key, 36u);              // RFC 7634 §2
  const auto cbc = *PacketCipher::sizes({EncryptionId::AesCbc, 128, IntegrityId::HmacSha2_384_192});  // RFC 4868 §2.6
  EXPECT_EQ(cbc.integrity_key, 48u);
  EXPECT_EQ(cbc.icv, 24u);
  EXPECT_EQ(cbc.block, 16u);
}

TEST(PacketCipher, RefusesWhatIsNoSuite) {
  EXPECT_FALSE(PacketCipher::sizes({EncryptionId::AesGcm16, 100}));
  EXPECT_FALSE(PacketCipher::sizes({EncryptionId::AesGcm16, 0}));
  EXPECT_FALSE(PacketCipher::sizes({EncryptionId::AesGcm16, 256, IntegrityId::HmacSha2_256_128}));
  EXPECT_FALSE(PacketCipher::sizes({EncryptionId::AesCbc, 256}));
  EXPECT_FALSE(PacketCipher::sizes({EncryptionId::Null, 0, IntegrityId::None}));
  EXPECT_FALSE(PacketCipher::sizes({EncryptionId::ChaCha20Poly1305, 256}));
  EXPECT_FALSE(PacketCipher::sizes({EncryptionId::Des, 0, IntegrityId::HmacSha1_96}));
  EXPECT_FALSE(PacketCipher::make({static_cast<EncryptionId>(99), 256}, {}, {}));
}

}  // namespace
}  // namespace agilevpn::crypto
