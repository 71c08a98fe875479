#include "crypto/key_exchange.h"

#include <gtest/gtest.h>

namespace agilevpn::crypto {
namespace {

// Hands out the octets of a test vector as the private key.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(Bytes octets) : octets_(std::move(octets)) {}
  void fill_public(MutableByteView) override { FAIL() << "a private key must be secret"; }
  void fill_secret(MutableByteView out) override {
    ASSERT_EQ(out.size(), octets_.size());
    std::ranges::copy(octets_, out.begin());
  }

 private:
  Bytes octets_;
};

KeyExchange with_private(KeyExchangeId method, Bytes private_key) {
  FixedRandom random{std::move(private_key)};
  return *KeyExchange::generate(method, random);
}

class EveryMethod : public testing::TestWithParam<KeyExchangeId> {};
INSTANTIATE_TEST_SUITE_P(KeyExchange, EveryMethod,
                         testing::Values(KeyExchangeId::Modp1024, KeyExchangeId::Modp1536, KeyExchangeId::Modp2048,
                                         KeyExchangeId::Modp3072, KeyExchangeId::Modp4096, KeyExchangeId::Modp6144,
                                         KeyExchangeId::Modp8192, KeyExchangeId::Ecp256, KeyExchangeId::Ecp384,
                                         KeyExchangeId::Ecp521, KeyExchangeId::Brainpool256,
                                         KeyExchangeId::Brainpool384, KeyExchangeId::Brainpool512,
                                         KeyExchangeId::Curve25519, KeyExchangeId::Curve448));

TEST_P(EveryMethod, GivesBothSidesTheSameSecret) {
  SeededRandom random{7};
  const auto ours = KeyExchange::generate(GetParam(), random);
  const auto theirs = KeyExchange::respond(GetParam(), ours->public_value(), random);
  ASSERT_TRUE(ours && theirs);
  EXPECT_EQ(ours->public_value().size(), KeyExchange::public_size(GetParam()));
  EXPECT_FALSE(equal(ours->public_value(), theirs->public_value()));
  const auto secret = ours->shared_secret(theirs->public_value());
  ASSERT_TRUE(secret);
  EXPECT_TRUE(*secret == theirs->shared_secret(ours->public_value()));
}

TEST_P(EveryMethod, ReplaysFromTheSameRandom) {
  SeededRandom first{7};
  SeededRandom again{7};
  EXPECT_TRUE(equal(KeyExchange::generate(GetParam(), first)->public_value(),
                    KeyExchange::generate(GetParam(), again)->public_value()));
}

TEST_P(EveryMethod, RefusesAPublicValueOfAnotherSize) {
  SeededRandom random{7};
  const auto ours = KeyExchange::generate(GetParam(), random);
  Bytes value = to_bytes(ours->public_value());
  EXPECT_FALSE(ours->shared_secret(ByteView{value}.first(value.size() - 1)));
  value.push_back(std::byte{0});
  EXPECT_FALSE(ours->shared_secret(value));
  EXPECT_FALSE(ours->shared_secret({}));
}

TEST_P(EveryMethod, RefusesZero) {
  SeededRandom random{7};
  const Bytes zero(KeyExchange::public_size(GetParam()));
  EXPECT_FALSE(KeyExchange::generate(GetParam(), random)->shared_secret(zero));
}

TEST(KeyExchange, RefusesAMethodItCannotDo) {
  SeededRandom random{7};
  EXPECT_FALSE(KeyExchange::generate(KeyExchangeId::Modp768, random));
  EXPECT_FALSE(KeyExchange::respond(KeyExchangeId::Modp768, Bytes(96), random));
  EXPECT_FALSE(KeyExchange::is_supported(KeyExchangeId::None));
  EXPECT_EQ(KeyExchange::public_size(static_cast<KeyExchangeId>(999)), 0u);
}

TEST(Modp, RefusesOneAndTheLastElement) {  // RFC 6989 §2.1
  SeededRandom random{7};
  const auto ours = KeyExchange::generate(KeyExchangeId::Modp2048, random);
  Bytes value(256);
  value.back() = std::byte{1};
  EXPECT_FALSE(ours->shared_secret(value));
  value.back() = std::byte{2};
  EXPECT_TRUE(ours->shared_secret(value));
  EXPECT_FALSE(ours->shared_secret(Bytes(256, std::byte{0xff})));
}

TEST(Ecp, RefusesAPointThatIsNotOnTheCurve) {  // RFC 6989 §2.3
  SeededRandom random{7};
  const auto ours = KeyExchange::generate(KeyExchangeId::Ecp256, random);
  Bytes value = to_bytes(ours->public_value());
  value.back() ^= std::byte{1};
  EXPECT_FALSE(ours->shared_secret(value));
}

TEST(Ecp, DrawsAgainWhenTheScalarIsNotBelowTheOrder) {
  class TwoDraws final : public Random {
   public:
    void fill_public(MutableByteView) override {}
    void fill_secret(MutableByteView out) override {
      std::ranges::fill(out, draws_++ == 0 ? std::byte{0xff} : std::byte{1});
    }
    int draws_ = 0;
  } random;
  EXPECT_TRUE(KeyExchange::generate(KeyExchangeId::Ecp256, random));
  EXPECT_EQ(random.draws_, 2);
}

struct Agreement {
  KeyExchangeId method;
  std::string_view i, r, public_i, public_r, shared;
};
void expect_agreement(std::initializer_list<Agreement> vectors) {
  for (const Agreement& v : vectors) {
    SCOPED_TRACE(to_string(v.method));
    const auto i = with_private(v.method, *from_hex(v.i));
    const auto r = with_private(v.method, *from_hex(v.r));
    EXPECT_EQ(to_hex(i.public_value()), v.public_i);
    EXPECT_EQ(to_hex(r.public_value()), v.public_r);
    EXPECT_EQ(to_hex(i.shared_secret(r.public_value())->view()), v.shared);
    EXPECT_EQ(to_hex(r.shared_secret(i.public_value())->view()), v.shared);
  }
}

TEST(Ecp, MatchesRfc5903Section8) {
  expect_agreement({
      {KeyExchangeId::Ecp256, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
       "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
       "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59a"
       "b1f45b33accf5f58389e0577b8990bb3",
       "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6a"
       "ac23f046ada30f8353e74f33039872ab",
       "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"},
      {KeyExchangeId::Ecp384,
       "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
       "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
       "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa"
       "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
       "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571"
       "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
       "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746"},
      {KeyExchangeId::Ecp521,
       "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777"
       "f5957b2639bab072462f68c27a57382d4a52",
       "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2"
       "f869cca7458aa4a4effc311f5cb151685eb9",
       "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d107564"
       "941885942af5a7f4601723c4195d176ced3e017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4"
       "a10ad8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
       "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6"
       "c2912d4ef2d0433ced2b6171640012d9460f015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d985207"
       "7b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a",
       "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06"
       "b3c715a3a8cc3151f2bee417996d19f3ddea"},
  });
}

TEST(Ecp, MatchesRfc6954AppendixA) {
  expect_agreement({
      {KeyExchangeId::Brainpool256, "81db1ee100150ff2ea338d708271be38300cb54241d79950f77b063039804f1d",
       "55e40bc41e37e3e2ad25c3c6654511ffa8474a91a0032087593852d3e7d76bd3",
       "44106e913f92bc02a1705d9953a8414db95e1aaa49e81d9e85f929a8e3100be58ab4846f11caccb73ce49cbdd120f5a9"
       "00a69fd32c272223f789ef10eb089bdc",
       "8d2d688c6cf93e1160ad04cc4429117dc2c41825e1e9fca0addd34e6f1b39f7b990c57520812be512641e47034832106"
       "bc7d3e8dd0e4c7f1136d7006547cec6a",
       "89afc39d41d3b327814b80940b042590f96556ec91e6ae7939bce31f3a18bf2b"},
      {KeyExchangeId::Brainpool384,
       "1e20f5e048a5886f1f157c74e91bde2b98c8b52d58e5003d57053fc4b0bd65d6f15eb5d1ee1610df870795143627d042",
       "032640bc6003c59260f7250c3db58ce647f98e1260acce4acda3dd869f74e01f8ba5e0324309db6a9831497abac96670",
       "68b665dd91c195800650cdd363c625f4e742e8134667b767b1b476793588f885ab698c852d4a6e77a252d6380fcaf068"
       "55bc91a39c9ec01dee36017b7d673a931236d2f1f5c83942d049e3fa20607493e0d038ff2fd30c2ab67d15c85f7faa59",
       "4d44326f269a597a5b58bba565da5556ed7fd9a8a9eb76c25f46db69d19dc8ce6ad18e404b15738b2086df37e71d1eb4"
       "62d692136de56cbe93bf5fa3188ef58bc8a3a0ec6c1e151a21038a42e9185329b5b275903d192f8d4e1f32fe9cc78c48",
       "0bd9d3a7ea0b3d519d09d8e48d0785fb744a6b355e6304bc51c229fbbce239bbadf6403715c35d4fb2a5444f575d4f42"},
      {KeyExchangeId::Brainpool512,
       "16302ff0dbbb5a8d733dab7141c1b45acbc8715939677f6a56850a38bd87bd59b09e80279609ff333eb9d4c061231fb2"
       "6f92eeb04982a5f1d1764cad57665422",
       "230e18e1bcc88a362fa54e4ea3902009292f7f8033624fd471b5d8ace49d12cfabbc19963dab8e2f1eba00bffb29e4d7"
       "2d13f2224562f405cb80503666b25429",
       "0a420517e406aac0acdce90fcd71487718d3b953efd7fbec5f7f27e28c6149999397e91e029e06457db2d3e640668b39"
       "2c2a7e737a7f0bf04436d11640fd09fd72e6882e8db28aad36237cd25d580db23783961c8dc52dfa2ec138ad472a0fce"
       "f3887cf62b623b2a87de5c588301ea3e5fc269b373b60724f5e82a6ad147fde7",
       "9d45f66de5d67e2e6db6e93a59ce0bb48106097ff78a081de781cdb31fce8ccbaaea8dd4320c4119f1e9cd437a2eab37"
       "31fa9668ab268d871deda55a5473199f2fdc313095bcdd5fb3a91636f07a959c8e86b5636a1e930e8396049cb481961d"
       "365cc11453a06c719835475b12cb52fc3c383bce35e27ef194512b71876285fa",
       "a7927098655f1f9976fa50a9d566865dc530331846381c87256baf3226244b76d36403c024d7bbf0aa0803eaff405d3d"
       "24f11a9b5c0bef679fe1454b21c4cd1f"},
  });
}

TEST(Curve448, MatchesRfc7748Section6_2) {
  expect_agreement({
      {KeyExchangeId::Curve448,
       "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726"
       "b",
       "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992"
       "d",
       "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa"
       "0",
       "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf3360"
       "9",
       "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879"
       "d"},
  });
}

TEST(Curve25519, MatchesRfc7748Section6_1) {
  const auto alice =
      with_private(KeyExchangeId::Curve25519, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"_hex);
  EXPECT_EQ(to_hex(alice.public_value()), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const auto bob =
      with_private(KeyExchangeId::Curve25519, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"_hex);
  EXPECT_EQ(to_hex(bob.public_value()), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  EXPECT_EQ(to_hex(alice.shared_secret(bob.public_value())->view()),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

}  // namespace
}  // namespace agilevpn::crypto
