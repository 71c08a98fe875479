#include "crypto/signature.h"

#include <gtest/gtest.h>

#include <map>

namespace agilevpn::crypto {
namespace {

using SchemeKind = SignatureScheme::Kind;
const std::vector<HashId> every_hash = {HashId::Sha1, HashId::Sha2_256, HashId::Sha2_384, HashId::Sha2_512,
                                        HashId::Identity};

// Two keys of each type, made once: RSA keys take long to find.
const PrivateKey& key_of(KeyType type, std::size_t which = 0) {
  static std::map<std::pair<KeyType, std::size_t>, PrivateKey> keys;
  const std::pair id{type, which};
  const auto found = keys.find(id);
  return found != keys.end() ? found->second : keys.emplace(id, PrivateKey::generate(type)).first->second;
}

struct SchemeCase {
  KeyType type;
  SignatureScheme scheme;
};
class EveryScheme : public testing::TestWithParam<SchemeCase> {};
INSTANTIATE_TEST_SUITE_P(Signature, EveryScheme,
                         testing::Values(SchemeCase{KeyType::Rsa, {SchemeKind::RsaPkcs1, HashId::Sha1}},
                                         SchemeCase{KeyType::Rsa, {SchemeKind::RsaPkcs1, HashId::Sha2_512}},
                                         SchemeCase{KeyType::Rsa, {SchemeKind::RsaPss, HashId::Sha2_256}},
                                         SchemeCase{KeyType::Rsa, {SchemeKind::RsaPss, HashId::Sha2_384}},
                                         SchemeCase{KeyType::EcdsaP256, {SchemeKind::Ecdsa, HashId::Sha2_256}},
                                         SchemeCase{KeyType::EcdsaP256, {SchemeKind::Ecdsa, HashId::Sha2_512}},
                                         SchemeCase{KeyType::EcdsaP256, {SchemeKind::EcdsaRaw, HashId::Sha2_256}},
                                         SchemeCase{KeyType::EcdsaP384, {SchemeKind::EcdsaRaw, HashId::Sha2_384}},
                                         SchemeCase{KeyType::EcdsaP521, {SchemeKind::Ecdsa, HashId::Sha2_512}},
                                         SchemeCase{KeyType::EcdsaP521, {SchemeKind::EcdsaRaw, HashId::Sha2_512}},
                                         SchemeCase{KeyType::Ed25519, {SchemeKind::Ed25519, HashId::Identity}},
                                         SchemeCase{KeyType::Ed448, {SchemeKind::Ed448, HashId::Identity}}));

TEST_P(EveryScheme, VerifiesWhatItSignedAndNothingElse) {
  const PrivateKey& key = key_of(GetParam().type);
  const SignatureScheme& scheme = GetParam().scheme;
  auto signature = key.sign(scheme, as_bytes("message"));
  ASSERT_TRUE(signature) << signature.error().to_string();
  EXPECT_TRUE(key.public_key().verify(scheme, as_bytes("message"), *signature));
  EXPECT_FALSE(key.public_key().verify(scheme, as_bytes("messagf"), *signature));
  EXPECT_FALSE(key.public_key().verify(scheme, as_bytes("message"), {}));
  EXPECT_FALSE(key_of(GetParam().type, 1).public_key().verify(scheme, as_bytes("message"), *signature));
  signature->back() ^= std::byte{1};
  EXPECT_FALSE(key.public_key().verify(scheme, as_bytes("message"), *signature));
}

TEST_P(EveryScheme, RefusesAKeyThatDoesNotFit) {
  const SignatureScheme& scheme = GetParam().scheme;
  const PrivateKey& other = key_of(GetParam().type == KeyType::Rsa ? KeyType::EcdsaP256 : KeyType::Rsa);
  EXPECT_FALSE(other.sign(scheme, as_bytes("message")));
  EXPECT_FALSE(other.public_key().verify(scheme, as_bytes("message"), Bytes(64)));
}

TEST_P(EveryScheme, GoesThroughItsAlgorithmIdentifier) {
  const SignatureScheme& scheme = GetParam().scheme;
  if (scheme.kind == SchemeKind::EcdsaRaw) {
    EXPECT_TRUE(algorithm_identifier(scheme).empty());
  } else {
    EXPECT_EQ(scheme_of(algorithm_identifier(scheme)), scheme);
  }
}

TEST(Signature, RefusesTheHashesThatRfc4754DoesNotPairWithTheCurve) {
  const PrivateKey& key = key_of(KeyType::EcdsaP256);
  const auto refused = key.sign({SchemeKind::EcdsaRaw, HashId::Sha2_384}, as_bytes("message"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "a key of type ECDSA P-256 cannot sign ECDSA with SHA2-384");
  EXPECT_FALSE(key.sign({SchemeKind::Ecdsa, HashId::Identity}, as_bytes("message")));
}

TEST(Signature, OfEd25519MatchesRfc8032Section7_1) {  // TEST 3
  const Bytes pkcs8 =
      "302e020100300506032b657004220420c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"_hex;
  const auto key = PrivateKey::parse(pkcs8);
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->public_key().spki()),
            "302a300506032b6570032100fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  EXPECT_EQ(to_hex(*key->sign({SchemeKind::Ed25519, HashId::Identity}, "af82"_hex)),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

TEST(Signature, OfEd448MatchesRfc8032Section7_4) {  // "Blank"
  const auto key = PrivateKey::parse(
      "3047020100300506032b6571043b0439"
      "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b"_hex);
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(*key->sign({SchemeKind::Ed448, HashId::Identity}, {})),
            "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d78"
            "28c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4db"
            "b61149f05a7363268c71d95808ff2e652600");
}

TEST(AlgorithmIdentifier, TakesEverySpellingOfPss) {
  const SignatureScheme sha256{SchemeKind::RsaPss, HashId::Sha2_256};
  const Bytes rfc7427_a_4_3 =
      "304606092a864886f70d01010a3039a00f300d06096086480165030402010500"
      "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120a303020101"_hex;
  EXPECT_EQ(scheme_of(rfc7427_a_4_3), sha256);
  const Bytes without_null =
      "303d06092a864886f70d01010a3030a00d300b0609608648016503040201"
      "a11a301806092a864886f70d010108300b0609608648016503040201a203020120"_hex;
  EXPECT_EQ(scheme_of(without_null), sha256);
  const Bytes rfc7427_a_4_2 =
      "303e06092a864886f70d01010a3031a00b300906052b0e03021a0500a118301606092a864886f70d010108300906052b0e03021a0500"
      "a203020114a303020101"_hex;
  EXPECT_EQ(scheme_of(rfc7427_a_4_2), (SignatureScheme{SchemeKind::RsaPss, HashId::Sha1}));
}

TEST(AlgorithmIdentifier, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(scheme_of({}));
  EXPECT_FALSE(scheme_of("3000"_hex));
  EXPECT_FALSE(scheme_of("300506032b656f"_hex));                  // X448 does not sign.
  EXPECT_FALSE(scheme_of("300506032b657000"_hex));                // An octet too many.
  EXPECT_FALSE(scheme_of("300506032b65"_hex));                    // Cut short.
  EXPECT_FALSE(scheme_of("300d06092a864886f70d0101040500"_hex));  // MD5 with RSA.
  const Bytes salt_of_20 =
      "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
      "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020114"_hex;
  EXPECT_FALSE(scheme_of(salt_of_20));
  const Bytes mgf1_of_sha384 =
      "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
      "a11c301a06092a864886f70d010108300d06096086480165030402020500a203020120"_hex;
  EXPECT_FALSE(scheme_of(mgf1_of_sha384));
}

TEST(ChooseScheme, TakesTheHashOfTheKeysStrength) {
  EXPECT_EQ(choose_scheme(KeyType::EcdsaP256, 256, every_hash), (SignatureScheme{SchemeKind::Ecdsa, HashId::Sha2_256}));
  EXPECT_EQ(choose_scheme(KeyType::EcdsaP384, 384, every_hash), (SignatureScheme{SchemeKind::Ecdsa, HashId::Sha2_384}));
  EXPECT_EQ(choose_scheme(KeyType::EcdsaP521, 521, every_hash), (SignatureScheme{SchemeKind::Ecdsa, HashId::Sha2_512}));
  EXPECT_EQ(choose_scheme(KeyType::Rsa, 2048, every_hash), (SignatureScheme{SchemeKind::RsaPss, HashId::Sha2_256}));
  EXPECT_EQ(choose_scheme(KeyType::Rsa, 4096, every_hash), (SignatureScheme{SchemeKind::RsaPss, HashId::Sha2_384}));
  EXPECT_EQ(choose_scheme(KeyType::Ed25519, 256, every_hash), (SignatureScheme{SchemeKind::Ed25519, HashId::Identity}));
  EXPECT_EQ(choose_scheme(KeyType::Ed448, 456, every_hash), (SignatureScheme{SchemeKind::Ed448, HashId::Identity}));
}

TEST(ChooseScheme, TakesWhatThePeerHas) {
  EXPECT_EQ(choose_scheme(KeyType::EcdsaP521, 521, {HashId::Sha2_256}),
            (SignatureScheme{SchemeKind::Ecdsa, HashId::Sha2_256}));
  EXPECT_FALSE(choose_scheme(KeyType::Ed25519, 256, {HashId::Sha2_256}));
  EXPECT_FALSE(choose_scheme(KeyType::Rsa, 2048, {HashId::Sha1}));  // RFC 8247 §3.2
  EXPECT_FALSE(choose_scheme(KeyType::Rsa, 2048, {}));
  EXPECT_FALSE(choose_scheme(KeyType::Other, 256, every_hash));
}

class EveryKeyType : public testing::TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(PrivateKey, EveryKeyType,
                         testing::Values(KeyType::Rsa, KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::EcdsaP521,
                                         KeyType::Ed25519, KeyType::Ed448));

TEST_P(EveryKeyType, GoesThroughPemAndSpki) {
  const PrivateKey& key = key_of(GetParam());
  const auto again = PrivateKey::parse(key.to_pem().view());
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->type(), GetParam());
  EXPECT_EQ(again->public_key().spki(), key.public_key().spki());
  const auto public_key = PublicKey::from_spki(key.public_key().spki());
  ASSERT_TRUE(public_key);
  EXPECT_EQ(public_key->type(), GetParam());
  Bytes longer = public_key->spki();
  longer.push_back(std::byte{0});
  EXPECT_FALSE(PublicKey::from_spki(longer));
}

TEST(PrivateKey, KnowsItsStrength) {
  EXPECT_EQ(PrivateKey::generate(KeyType::Rsa, 3072).public_key().bits(), 3072u);
  EXPECT_EQ(PrivateKey::generate(KeyType::EcdsaP521).public_key().bits(), 521u);
}

// openssl genpkey -algorithm ED25519 -aes128 -pass pass:sesame
constexpr std::string_view encrypted_pem = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiT8LB+YAYgfAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEC/cmYYAZhozPsxTnsI8xM4EQPJu
/ynqSVjtxOmxVfgKYaaFo+rT9PaQphHEA+QEigEarD0HRfPhAPS8Kig3PHtACRv8
03xzag41lI9Zjd5R7IU=
-----END ENCRYPTED PRIVATE KEY-----
)";

TEST(PrivateKey, OpensWithItsPasswordOnly) {
  const auto key = PrivateKey::parse(as_bytes(encrypted_pem), Secret{to_bytes("sesame")});
  ASSERT_TRUE(key) << key.error().to_string();
  EXPECT_EQ(key->type(), KeyType::Ed25519);
  EXPECT_EQ(PrivateKey::parse(as_bytes(encrypted_pem)).error().to_string(),
            "the private key is encrypted (give its password)");
  EXPECT_EQ(PrivateKey::parse(as_bytes(encrypted_pem), Secret{to_bytes("wrong")}).error().what,
            "the private key cannot be decrypted");
}

TEST(PrivateKey, SaysWhenItIsNone) {
  EXPECT_EQ(PrivateKey::parse(as_bytes("hello")).error().what, "this is no private key");
  EXPECT_EQ(PrivateKey::parse({}).error().what, "this is no private key");
  EXPECT_FALSE(PrivateKey::parse(as_bytes("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n")));
}

}  // namespace
}  // namespace agilevpn::crypto
