#include "cli/decode/key_table.h"

#include <fmt/format.h>

#include "cli/decode/decode_fixture.h"

namespace agilevpn::cli::decode {
namespace {

using crypto::CipherSuite;
using crypto::EncryptionId;
using crypto::IntegrityId;

TEST(AlgorithmNames, AreWiresharksForIkeAndForEsp) {
  const auto suite = [](std::string_view encryption, std::size_t key_size, std::string_view integrity) {
    return protection_of(encryption, key_size, integrity)->suite;
  };
  EXPECT_EQ(suite("AES-GCM-256 with 16 octet ICV [RFC5282]", 36, "NONE [RFC4306]"),
            (CipherSuite{EncryptionId::AesGcm16, 256}));
  EXPECT_EQ(suite("AES-GCM with 8 octet ICV [RFC4106]", 20, "NULL"), (CipherSuite{EncryptionId::AesGcm8, 128}));
  EXPECT_EQ(suite("AES-GCM [RFC4106]", 36, "NULL"), (CipherSuite{EncryptionId::AesGcm16, 256}));
  EXPECT_EQ(suite("AES-CCM-128 with 12 octet ICV [RFC5282]", 19, "NONE [RFC4306]"),
            (CipherSuite{EncryptionId::AesCcm12, 128}));
  EXPECT_EQ(suite("ChaCha20 with Poly1305 [RFC7634]", 36, "NULL"), (CipherSuite{EncryptionId::ChaCha20Poly1305, 0}));
  EXPECT_EQ(suite("AES-CBC-256 [RFC3602]", 32, "HMAC_SHA2_512_256 [RFC4868]"),
            (CipherSuite{EncryptionId::AesCbc, 256, IntegrityId::HmacSha2_512_256}));
  EXPECT_EQ(suite("AES-CBC [RFC3602]", 16, "HMAC-SHA-1-96 [RFC2404]"),
            (CipherSuite{EncryptionId::AesCbc, 128, IntegrityId::HmacSha1_96}));
  EXPECT_EQ(suite("TripleDES-CBC [RFC2451]", 24, "HMAC-SHA-256-128 [RFC4868]"),
            (CipherSuite{EncryptionId::TripleDes, 0, IntegrityId::HmacSha2_256_128}));
  EXPECT_EQ(protection_of("AES-CTR-128 [RFC5930]", 20, "ANY 96-bits of Authentication [No Checking]")->unchecked_icv,
            12u);
  EXPECT_EQ(protection_of("NULL", 0, "ANY 256 bit authentication [no checking]")->unchecked_icv, 32u);
  EXPECT_FALSE(protection_of("BLOWFISH-CBC [RFC2451]", 16, "NULL"));
  EXPECT_FALSE(protection_of("AES-CBC [RFC3602]", 16, "MAC-RIPEMD-160-96 [RFC2857]"));
}

TEST(KeyTable, FindsTheKeysOfADirection) {
  SKIP_WITHOUT_TESTDATA();
  KeyTable keys;
  ASSERT_TRUE(keys.load(captured_keys));
  const IkeSpi spi_i{0x191ccd371a7a1f7b}, spi_r{0xbc123d15e4af593f};
  ASSERT_TRUE(keys.find_ike(spi_i, spi_r, true));
  EXPECT_EQ(to_hex(keys.find_ike(spi_i, spi_r, true)->encryption.view()).substr(0, 8), "9096ddd2");
  EXPECT_EQ(to_hex(keys.find_ike(spi_i, spi_r, false)->encryption.view()).substr(0, 8), "6718c6b2");
  EXPECT_FALSE(keys.find_ike(spi_r, spi_i, true));
  EXPECT_TRUE(keys.find_esp(IpAddress::v4(192, 168, 0, 100), EspSpi{0x070883c2}));
  EXPECT_FALSE(keys.find_esp(IpAddress::v4(192, 168, 0, 100), EspSpi{0x070883c3}));
}

TEST(KeyTable, TheSpiAloneWillDoWhereTheDestinationIsAnother) {
  const auto row = [](const char* destination, const char* key) {
    return fmt::format(
        "\"IPv4\",\"*\",\"{}\",\"0x00000007\",\"AES-CBC [RFC3602]\",\"0x{:0>32}\",\"NULL\",\"\",\"32-bit\"\r\n",
        destination, key);
  };
  KeyTable keys;
  ASSERT_TRUE(keys.load(written_file("any", "# a comment\n\n" + row("192.0.2.1", "1") + row("*", "2"))));
  const auto last_octet = [&](const IpAddress& destination) {
    return std::to_integer<int>(keys.find_esp(destination, EspSpi{7})->encryption.view().back());
  };
  EXPECT_EQ(last_octet(IpAddress::v4(192, 0, 2, 1)), 1);
  EXPECT_EQ(last_octet(*IpAddress::parse("2001:db8::1")), 2);
  EXPECT_FALSE(keys.find_esp(IpAddress::v4(192, 0, 2, 1), EspSpi{8}));
}

TEST(KeyTable, NamesTheLineThatItCannotUse) {
  const auto error_of = [](const std::string& row) {
    const std::string file = written_file("bad", "# first line\n" + row + "\n");
    KeyTable keys;
    const auto loaded = keys.load(file);
    return loaded ? "" : loaded.error().what.substr(file.size());
  };
  const std::string expected = ":2: not a row of Wireshark's ikev2_decryption_table or esp_sa";
  EXPECT_EQ(error_of("text"), expected);
  EXPECT_EQ(error_of("1,2,,,\"NULL [RFC2410]\",,,\"NONE [RFC4306]\""), expected);
  EXPECT_EQ(error_of("191ccd371a7a1f7b,bc123d15e4af593f,00,00,\"AES-CBC-256 [RFC3602]\",,,\"NONE [RFC4306]\""),
            expected);
  EXPECT_EQ(error_of("191ccd371a7a1f7b,bc123d15e4af593f,,,\"BLOWFISH-CBC\",,,\"NONE [RFC4306]\""), expected);
}

TEST(KeyTable, SaysWhatIsNotThere) {
  KeyTable keys;
  EXPECT_EQ(keys.load("/no/such/keys").error().what, "cannot read /no/such/keys: No such file or directory");
  const std::string folder = testing::TempDir() + "agilevpn-decode-no-keys";
  std::filesystem::create_directory(folder);
  EXPECT_EQ(keys.load(folder).error().what, "no keys in " + folder);
}

}  // namespace
}  // namespace agilevpn::cli::decode
