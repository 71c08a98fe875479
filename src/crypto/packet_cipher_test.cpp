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
    {EncryptionId::AesCbc, 128, IntegrityId::AesXcbc96},
    {EncryptionId::AesCbc, 128, IntegrityId::AesCmac96},
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

// What others computed: the keys with their salt, and what goes in and comes out.
struct Vector {
  CipherSuite suite;
  std::string_view key, aad, iv, plain, text, icv;
};

void expect_seals_and_opens(const Vector& v) {
  const auto sizes = *PacketCipher::sizes(v.suite);
  const Bytes integrity_key(sizes.integrity_key);
  auto cipher = *PacketCipher::make(v.suite, *from_hex(v.key), integrity_key);
  const Bytes aad = *from_hex(v.aad);
  const Bytes iv = *from_hex(v.iv);
  Bytes text = *from_hex(v.plain);
  Bytes icv(sizes.icv);
  cipher.seal(aad, iv, text, icv);
  EXPECT_EQ(to_hex(text), v.text);
  EXPECT_EQ(v.icv.empty() ? v.icv : to_hex(icv), v.icv);
  EXPECT_TRUE(cipher.open(aad, iv, text, icv));
  EXPECT_EQ(to_hex(text), v.plain);
}

TEST(PacketCipher, MatchesRfc7634) {
  expect_seals_and_opens(
      {{EncryptionId::ChaCha20Poly1305},  // Appendix A: ESP
       "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
       "0102030400000005",
       "1011121314151617",
       "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f10111213"
       "1415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363701020204",
       "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f7"
       "2aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e0",
       "76aaa8266b7fb0f7b11b369907e1ad43"});
  expect_seals_and_opens({{EncryptionId::ChaCha20Poly1305},  // Appendix B: IKE
                          "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
                          "c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029",
                          "1011121314151617",
                          "0000000c000040010000000a00",
                          "610394701f8d017f7c12924889",
                          "6b71bfe25236efd7cdc67066906315b2"});
}

TEST(PacketCipher, MatchesTheGcmSpecification) {  // McGrew and Viega, test case 4; salt and IV as in RFC 4106 §4.
  expect_seals_and_opens(
      {{EncryptionId::AesGcm16, 128},
       "feffe9928665731c6d6a8f9467308308cafebabe",
       "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "facedbaddecaf888",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
       "b16aedf5aa0de657ba637b39",
       "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
       "1ba30b396a0aac973d58e091",
       "5bc94fbc3221a5db94fae95ae7121a47"});
}

TEST(PacketCipher, MatchesRfc3602) {  // §4, cases 1 and 2
  constexpr CipherSuite cbc{EncryptionId::AesCbc, 128, IntegrityId::HmacSha2_256_128};
  expect_seals_and_opens({cbc, "06a9214036b8a15b512e03d534120006", "", "3dafba429d9eb430b422da802c9fac41",
                          "53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a", ""});
  expect_seals_and_opens({cbc, "c286696d887c9aa0611bbb3e2025a45a", "", "562e17996d093d28ddb3ba695a2e6f58",
                          "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                          "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1", ""});
}

TEST(PacketCipher, MatchesRfc3686) {  // §6, vectors 1, 3 and 4
  constexpr CipherSuite ctr_128{EncryptionId::AesCtr, 128, IntegrityId::HmacSha2_256_128};
  constexpr CipherSuite ctr_192{EncryptionId::AesCtr, 192, IntegrityId::HmacSha2_256_128};
  expect_seals_and_opens({ctr_128, "ae6852f8121067cc4bf7a5765577f39e00000030", "", "0000000000000000",
                          "53696e676c6520626c6f636b206d7367", "e4095d4fb7a7b3792d6175a3261311b8", ""});
  expect_seals_and_opens({ctr_128, "7691be035e5020a8ac6e618529f9a0dc00e0017b", "", "27777f3f4a1786f0",
                          "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223",
                          "c1cf48a89f2ffdd9cf4652e9efdb72d74540a42bde6d7836d59a5ceaaef3105325b2072f", ""});
  expect_seals_and_opens({ctr_192, "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb7851500000048", "", "36733c147d6d93cb",
                          "53696e676c6520626c6f636b206d7367", "4b55384fe259c9c84e7935a003cbe928", ""});
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
