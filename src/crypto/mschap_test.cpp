#include "crypto/mschap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace agilevpn::crypto {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

template <std::size_t Size>
std::array<std::byte, Size> fixed(std::string_view hex) {
  const Bytes octets = *from_hex(hex);
  std::array<std::byte, Size> result{};
  std::ranges::copy(ByteView{octets}.first<Size>(), result.begin());
  return result;
}

class MsChapTest : public testing::Test {
 protected:
  Secret hash_of(std::string_view password) { return *mschap.nt_password_hash(Secret::copy_of(as_bytes(password))); }
  std::string hex_of(std::string_view password) { return to_hex(hash_of(password).view()); }

  MsChap mschap = *MsChap::load();
  // RFC 2759 §9.2
  MsChapInputs inputs{fixed<16>("5b5d7c7d7b3f2f3e3c2c602132262628"), fixed<16>("21402324255e262a28295f2b3a337c7e"),
                      "User"};
  NtResponse response = fixed<24>("82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
};

TEST_F(MsChapTest, ComputesTheExampleOfRfc2759) {  // §9.2
  const Secret hash = hash_of("clientPass");
  EXPECT_EQ(to_hex(hash.view()), "44ebba8d5312b8d611474411f56989ae");
  EXPECT_EQ(to_hex(mschap.hash_nt_password_hash(hash).view()), "41c00c584bd2d91c4017a2a12fa59f3f");
  EXPECT_EQ(to_hex(mschap.challenge_hash(inputs)), "d02e4386bce91226");
  EXPECT_EQ(mschap.nt_response(hash, inputs), response);
  EXPECT_EQ(mschap.authenticator_response(hash, response, inputs), "S=407A5589115FD0D6209F510FE9C04566932CDA56");
  EXPECT_EQ(hex_of("MyPw"), "fc156af7edcd6c0edde3337d427f4eac");  // §9.3
}

TEST_F(MsChapTest, ComputesTheKeysOfRfc3079) {  // §3.5.3
  const Secret hash = hash_of("clientPass");
  EXPECT_EQ(to_hex(mschap.master_key(hash, response).view()), "fdece3717a8c838cb388e527ae3cdd31");
  EXPECT_EQ(to_hex(mschap.keys(hash, response).server_to_client.view()), "8b7cdc149b993a1ba118cb153f56dccb");
}

TEST_F(MsChapTest, BothEndsOrderTheMskAsTheServerReceivesAndSends) {
  const Secret hash = hash_of("clientPass");
  const MsChap::Keys keys = mschap.keys(hash, response);
  EXPECT_TRUE(equal(mschap.msk(hash, response).view(),
                    concat({keys.client_to_server.view(), keys.server_to_client.view(), Bytes(32)})));
}

TEST_F(MsChapTest, TheHashesLeaveTheDomainOutButNotTheRealm) {
  const auto plain = mschap.challenge_hash(inputs);
  inputs.user = "BIGCO\\User";
  EXPECT_EQ(mschap.challenge_hash(inputs), plain);
  inputs.user = "User@bigco.example";
  EXPECT_NE(mschap.challenge_hash(inputs), plain);
}

TEST_F(MsChapTest, HashesPasswordsOfAnyScript) {  // Expected: by iconv and openssl dgst.
  EXPECT_EQ(hex_of(""), "31d6cfe0d16ae931b73c59d7e0c089c0");
  EXPECT_EQ(hex_of("Grüße"), "2816114083c3d8e78cfa2bdb9cde7ae6");
  EXPECT_EQ(hex_of("пароль"), "507e3ee80df7db7c1fdd8d50ae8db606");
  EXPECT_EQ(hex_of("密码"), "f900556f89880c4084e3c644c6c20b9c");
  EXPECT_EQ(hex_of("pa😀ss"), "dc53b8630270b05ca88f24c29f9b01c2");
}

TEST_F(MsChapTest, RefusesPasswordsThatCannotBe) {
  const auto error = [&](std::string_view password) {
    const auto hash = mschap.nt_password_hash(Secret::copy_of(as_bytes(password)));
    return hash ? "" : hash.error().what;
  };
  EXPECT_THAT(error("ab\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(error("\xed\xa0\x80"), HasSubstr("UTF-8"));  // A surrogate.
  EXPECT_EQ(error(std::string(256, 'x')), "");
  EXPECT_THAT(error(std::string(257, 'x')), HasSubstr("longer"));
  EXPECT_THAT(error(std::string(255, 'x') + "😀"), HasSubstr("longer"));
  EXPECT_EQ(error(std::string(254, 'x') + "😀"), "");
}

TEST_F(MsChapTest, TellsAProofFromAnythingElse) {
  const Secret hash = hash_of("clientPass");
  EXPECT_TRUE(mschap.is_nt_response(response, hash, inputs));
  EXPECT_FALSE(mschap.is_nt_response(response, hash_of("clientpass"), inputs));
  const std::string proof = mschap.authenticator_response(hash, response, inputs);
  const auto is_proof = [&](std::string_view claimed) {
    return mschap.is_authenticator_response(claimed, hash, response, inputs);
  };
  EXPECT_TRUE(is_proof(proof));
  EXPECT_TRUE(is_proof("S=407a5589115fd0d6209f510fe9c04566932cda56"));
  EXPECT_FALSE(is_proof("S=407A5589115FD0D6209F510FE9C04566932CDA57"));
  EXPECT_FALSE(is_proof("s=407A5589115FD0D6209F510FE9C04566932CDA56"));
  for (std::size_t size = 0; size < proof.size(); ++size) EXPECT_FALSE(is_proof(proof.substr(0, size))) << size;
  EXPECT_FALSE(is_proof(proof + "00"));
}

TEST_F(MsChapTest, EveryInputCounts) {
  const Secret hash = hash_of("clientPass");
  for (int which = 0; which < 3; ++which) {
    MsChapInputs changed = inputs;
    if (which == 0) changed.authenticator_challenge[15] ^= std::byte{1};
    if (which == 1) changed.peer_challenge[0] ^= std::byte{1};
    if (which == 2) changed.user = "user";
    EXPECT_FALSE(mschap.is_nt_response(response, hash, changed)) << which;
    EXPECT_NE(mschap.authenticator_response(hash, response, changed),
              mschap.authenticator_response(hash, response, inputs))
        << which;
  }
}

TEST_F(MsChapTest, AgreesWithRecordedExchanges) {
  const std::string folder = AGILEVPN_TESTDATA;
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the shared test data are not there";
  const Json rfc = Json::parse(std::ifstream{folder + "/mschapv2/mschapv2.json"});
  const Secret hash = hash_of(rfc["rfc2759_9_2"]["password"].get<std::string>());
  EXPECT_EQ(to_hex(mschap.keys(hash, response).client_to_server.view()),
            rfc["derived"]["client_to_server_key"].get<std::string>());
  EXPECT_EQ(to_hex(mschap.msk(hash, response).view()), rfc["derived"]["eap_msk_64"].get<std::string>());

  int count = 0;  // Of a strongSwan gateway, whose AUTH payload this MSK verifies.
  const Json recordings = Json::parse(std::ifstream{folder + "/android/cts_exchanges_with_keys.json"});
  for (const Json& exchange : recordings.at("sas")) {
    if (!exchange.contains("eap_mschapv2")) continue;
    const Json& eap = exchange["eap_mschapv2"];
    const MsChapInputs recorded{fixed<16>(eap["authenticator_challenge"].get<std::string>()),
                                fixed<16>(eap["peer_challenge"].get<std::string>()), eap["username"]};
    const Secret recorded_hash = hash_of(eap["password"].get<std::string>());
    const NtResponse recorded_response = mschap.nt_response(recorded_hash, recorded);
    EXPECT_EQ(to_hex(recorded_response), eap["nt_response"].get<std::string>());
    EXPECT_EQ(mschap.authenticator_response(recorded_hash, recorded_response, recorded),
              eap["authenticator_response"].get<std::string>());
    EXPECT_EQ(to_hex(mschap.msk(recorded_hash, recorded_response).view().first(32)), eap["msk"].get<std::string>());
    ++count;
  }
  EXPECT_EQ(count, 1);
}

TEST(MsChap, SaysWhatIsMissingWithoutTheLegacyProvider) {
  ERR_clear_error();
  const auto loaded = MsChap::load("/nonexistent");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().to_string(), HasSubstr("openssl-provider-legacy"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(MsChap, LeavesTheRestOfTheProgramWithoutMd4AndDes) {
  const auto loaded = MsChap::load();
  ASSERT_TRUE(loaded);
  ERR_set_mark();
  EXPECT_FALSE(OSSL_PROVIDER_available(nullptr, "legacy"));
  EXPECT_EQ(EVP_MD_fetch(nullptr, "MD4", nullptr), nullptr);
  EXPECT_EQ(EVP_CIPHER_fetch(nullptr, "DES-ECB", nullptr), nullptr);
  ERR_pop_to_mark();
}

}  // namespace
}  // namespace agilevpn::crypto
