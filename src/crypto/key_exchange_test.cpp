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
                                         KeyExchangeId::Modp3072, KeyExchangeId::Modp4096, KeyExchangeId::Ecp256,
                                         KeyExchangeId::Ecp384, KeyExchangeId::Ecp521, KeyExchangeId::Curve25519));

TEST_P(EveryMethod, GivesBothSidesTheSameSecret) {
  SeededRandom random{7};
  const auto ours = KeyExchange::generate(GetParam(), random);
  const auto theirs = KeyExchange::generate(GetParam(), random);
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
  EXPECT_FALSE(KeyExchange::generate(KeyExchangeId::MlKem768, random));
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
