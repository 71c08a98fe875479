// Project Wycheproof's vectors, which look for the mistakes that implementations make. They lie outside the tree;
// without them these tests are skipped.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "crypto/key_exchange.h"
#include "crypto/packet_cipher.h"
#include "crypto/prf.h"
#include "crypto/signature.h"

namespace agilevpn::crypto {
namespace {

using Json = nlohmann::json;
using SchemeKind = SignatureScheme::Kind;

Bytes octets(const Json& hex) { return *from_hex(hex.get<std::string>()); }
bool is_valid(const Json& test) { return test["result"] == "valid"; }

// Calls `check(group, test)` for every test of a file.
template <class CheckTest>
void for_each_test(const std::string& name, CheckTest check) {
  const std::filesystem::path folder{AGILEVPN_TESTDATA "/wycheproof"};
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no test data";
  std::ifstream in{folder / (name + "_test.json")};
  ASSERT_TRUE(in);
  const Json file = Json::parse(in);
  for (const Json& group : file["testGroups"]) {
    for (const Json& test : group["tests"]) {
      SCOPED_TRACE(name + " " + test["tcId"].dump() + ": " + test["comment"].get<std::string>());
      check(group, test);
    }
  }
}

// --- AEADs: IKE's salt and IV together are the file's nonce.

struct Aead {
  std::string file;
  EncryptionId encryption;
  unsigned nonce_bits;
  bool has_key_length;
};
class WycheproofAead : public testing::TestWithParam<Aead> {};
INSTANTIATE_TEST_SUITE_P(Wycheproof, WycheproofAead,
                         testing::Values(Aead{"aes_gcm", EncryptionId::AesGcm16, 96, true},
                                         Aead{"aes_ccm", EncryptionId::AesCcm16, 88, true},
                                         Aead{"chacha20_poly1305", EncryptionId::ChaCha20Poly1305, 96, false}));

TEST_P(WycheproofAead, SealsAndOpens) {
  int count = 0;
  for_each_test(GetParam().file, [&](const Json& group, const Json& test) {
    if (group["ivSize"] != GetParam().nonce_bits || group["tagSize"] != 128) return;
    const Bytes nonce = octets(test["iv"]);
    const std::size_t salt = nonce.size() - 8;
    const auto key_bits = group["keySize"].get<std::uint16_t>();
    const CipherSuite suite{GetParam().encryption, GetParam().has_key_length ? key_bits : std::uint16_t{0}};
    auto cipher = *PacketCipher::make(suite, concat({octets(test["key"]), ByteView{nonce}.first(salt)}), {});
    Bytes text = octets(test["ct"]);
    Bytes icv = octets(test["tag"]);
    const Bytes aad = octets(test["aad"]);
    const ByteView iv = ByteView{nonce}.subspan(salt);
    ASSERT_EQ(cipher.open(aad, iv, text, icv), is_valid(test));
    ++count;
    if (!is_valid(test)) return;
    EXPECT_EQ(text, octets(test["msg"]));
    cipher.seal(aad, iv, text, icv);
    EXPECT_EQ(text, octets(test["ct"]));
    EXPECT_EQ(icv, octets(test["tag"]));
  });
  EXPECT_TRUE(IsSkipped() || count > 5) << count;
}

// --- MACs

struct MacFile {
  std::string file;
  PrfId prf;
};
class WycheproofMac : public testing::TestWithParam<MacFile> {};
INSTANTIATE_TEST_SUITE_P(Wycheproof, WycheproofMac,
                         testing::Values(MacFile{"hmac_sha1", PrfId::HmacSha1},
                                         MacFile{"hmac_sha256", PrfId::HmacSha2_256},
                                         MacFile{"hmac_sha384", PrfId::HmacSha2_384},
                                         MacFile{"hmac_sha512", PrfId::HmacSha2_512},
                                         MacFile{"aes_cmac", PrfId::Aes128Cmac}));

TEST_P(WycheproofMac, Agrees) {
  for_each_test(GetParam().file, [&](const Json& group, const Json& test) {
    if (GetParam().prf == PrfId::Aes128Cmac && group["keySize"] != 128) return;
    const Bytes tag = octets(test["tag"]);
    const Secret whole = (*Prf::find(GetParam().prf))(octets(test["key"]), {octets(test["msg"])});
    EXPECT_EQ(equal(whole.view().first(tag.size()), tag), is_valid(test));
  });
}

// --- Key exchange

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(Bytes octets) : octets_(std::move(octets)) {}
  void fill_public(MutableByteView) override {}
  void fill_secret(MutableByteView out) override {
    std::ranges::copy(ByteView{octets_}.first(out.size()), out.begin());
  }

 private:
  Bytes octets_;
};

// The file writes numbers; we take them at the size of the field.
Bytes padded(Bytes number, std::size_t size) {
  while (number.size() > size) number.erase(number.begin());
  number.insert(number.begin(), size - number.size(), std::byte{0});
  return number;
}

TEST(Wycheproof, X25519Agrees) {
  for_each_test("x25519", [](const Json&, const Json& test) {
    FixedRandom random{octets(test["private"])};
    const auto shared = KeyExchange::generate(KeyExchangeId::Curve25519, random)->shared_secret(octets(test["public"]));
    const Bytes expected = octets(test["shared"]);
    const bool is_zero = expected == Bytes(32);  // "Acceptable" to some, not to RFC 8031 §3.
    ASSERT_EQ(shared.has_value(), !is_zero);
    EXPECT_EQ(shared ? to_hex(shared->view()) : to_hex(Bytes(32)), to_hex(expected));
  });
}

struct Curve {
  std::string file;
  KeyExchangeId method;
};
class WycheproofEcdh : public testing::TestWithParam<Curve> {};
INSTANTIATE_TEST_SUITE_P(Wycheproof, WycheproofEcdh,
                         testing::Values(Curve{"ecdh_secp256r1_ecpoint", KeyExchangeId::Ecp256},
                                         Curve{"ecdh_secp384r1_ecpoint", KeyExchangeId::Ecp384}));

TEST_P(WycheproofEcdh, Agrees) {
  const KeyExchangeId method = GetParam().method;
  for_each_test(GetParam().file, [&](const Json&, const Json& test) {
    Bytes point = octets(test["public"]);
    if (point.empty()) return;
    point.erase(point.begin());  // The form octet, which IKE leaves out: of compressed points, the size is wrong then.
    FixedRandom random{padded(octets(test["private"]), KeyExchange::public_size(method) / 2)};
    const auto shared = KeyExchange::generate(method, random)->shared_secret(point);
    ASSERT_EQ(shared.has_value(), is_valid(test));
    if (!shared) return;
    EXPECT_TRUE(equal(shared->view(), octets(test["shared"])));
  });
}

// --- Signatures

struct Signed {
  std::string file;
  SignatureScheme scheme;
};
class WycheproofSignature : public testing::TestWithParam<Signed> {};
INSTANTIATE_TEST_SUITE_P(
    Wycheproof, WycheproofSignature,
    testing::Values(Signed{"ecdsa_secp256r1_sha256", {SchemeKind::Ecdsa, HashId::Sha2_256}},
                    Signed{"ecdsa_secp384r1_sha384", {SchemeKind::Ecdsa, HashId::Sha2_384}},
                    Signed{"ecdsa_secp521r1_sha512", {SchemeKind::Ecdsa, HashId::Sha2_512}},
                    Signed{"ecdsa_secp256r1_sha256_p1363", {SchemeKind::EcdsaRaw, HashId::Sha2_256}},
                    Signed{"ed25519", {SchemeKind::Ed25519, HashId::Identity}},
                    Signed{"rsa_signature_2048_sha256", {SchemeKind::RsaPkcs1, HashId::Sha2_256}},
                    Signed{"rsa_signature_3072_sha384", {SchemeKind::RsaPkcs1, HashId::Sha2_384}},
                    Signed{"rsa_pss_2048_sha256_mgf1_32", {SchemeKind::RsaPss, HashId::Sha2_256}},
                    Signed{"rsa_pss_3072_sha256_mgf1_32", {SchemeKind::RsaPss, HashId::Sha2_256}},
                    Signed{"rsa_pss_4096_sha512_mgf1_64", {SchemeKind::RsaPss, HashId::Sha2_512}}));

TEST_P(WycheproofSignature, Verifies) {
  for_each_test(GetParam().file, [&](const Json& group, const Json& test) {
    if (test["result"] == "acceptable") return;
    const auto key = PublicKey::from_spki(octets(group["publicKeyDer"]));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->verify(GetParam().scheme, octets(test["msg"]), octets(test["sig"])), is_valid(test));
  });
}

}  // namespace
}  // namespace agilevpn::crypto
