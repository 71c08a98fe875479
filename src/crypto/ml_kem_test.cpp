// ML-KEM as a key exchange, where OpenSSL has it (from 3.5 on).
#include <gtest/gtest.h>

#include "base/codec.h"
#include "crypto/key_exchange.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {
namespace {

struct Parameters {
  KeyExchangeId method;
  std::size_t encapsulation_key, ciphertext;  // FIPS 203, table 3
  std::string_view accumulated;
};

class MlKemTest : public testing::TestWithParam<Parameters> {
 protected:
  void SetUp() override {
    if (!KeyExchange::is_supported(method)) GTEST_SKIP() << "this OpenSSL has no ML-KEM: " << OPENSSL_VERSION_TEXT;
  }
  const KeyExchangeId method = GetParam().method;
  SeededRandom random{7};
};

Bytes shake128(ByteView input, std::size_t size) {
  Bytes output(size);
  const OwnedDigestCtx context{EVP_MD_CTX_new()};
  CHECK(EVP_DigestInit_ex(context.get(), EVP_shake128(), nullptr) &&
        EVP_DigestUpdate(context.get(), input.data(), input.size()) &&
        EVP_DigestFinalXOF(context.get(), writable(output), output.size()));
  return output;
}

// Hands out one stream of octets.
class StreamRandom final : public Random {
 public:
  explicit StreamRandom(Bytes octets) : octets_(std::move(octets)) {}
  ByteView take(std::size_t size) { return *rest_.take(size, "stream"); }
  void fill_public(MutableByteView) override { FAIL() << "keys must be secret"; }
  void fill_secret(MutableByteView out) override { std::ranges::copy(take(out.size()), out.begin()); }

 private:
  Bytes octets_;
  Reader rest_{octets_};
};

// A hundred exchanges out of one SHAKE-128 stream (d, z, m and a ciphertext that fits nothing), and SHAKE-128 over all
// that came of them: the way, and for ML-KEM-768 the value, of Go's crypto/mlkem (TestAccumulated; C2SP CCTV). The
// other two values are those that PQClean, kyber-py and CIRCL agree on.
TEST_P(MlKemTest, MakesWhatOtherImplementationsMakeOfTheSameRandomness) {
  constexpr std::size_t rounds = 100;
  StreamRandom stream{shake128({}, rounds * (64 + 32 + GetParam().ciphertext))};
  Bytes made;
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto initiator = KeyExchange::generate(method, stream);
    const auto responder = KeyExchange::respond(method, initiator->public_value(), stream);
    const auto secret = initiator->shared_secret(responder->public_value());
    ASSERT_TRUE(secret);
    EXPECT_TRUE(*secret == responder->shared_secret(initiator->public_value()));
    for (const ByteView part : {initiator->public_value(), responder->public_value(), secret->view()})
      append(made, part);
    append(made, initiator->shared_secret(stream.take(GetParam().ciphertext))->view());
  }
  EXPECT_EQ(to_hex(shake128(made, 32)), GetParam().accumulated);
}

TEST_P(MlKemTest, ItsPublicValuesHaveASizeOfTheirOwnInEachDirection) {
  const auto initiator = KeyExchange::generate(method, random);
  const auto responder = KeyExchange::respond(method, initiator->public_value(), random);
  EXPECT_EQ(initiator->public_value().size(), GetParam().encapsulation_key);
  EXPECT_EQ(KeyExchange::public_size(method), GetParam().encapsulation_key);
  EXPECT_EQ(responder->public_value().size(), GetParam().ciphertext);
}

TEST_P(MlKemTest, ReplaysFromTheSameRandom) {
  SeededRandom again{7};
  const auto ours = KeyExchange::generate(method, random);
  EXPECT_TRUE(equal(ours->public_value(), KeyExchange::generate(method, again)->public_value()));
  EXPECT_TRUE(equal(KeyExchange::respond(method, ours->public_value(), random)->public_value(),
                    KeyExchange::respond(method, ours->public_value(), again)->public_value()));
}

TEST_P(MlKemTest, RefusesAValueOfAnotherSize) {
  const auto initiator = KeyExchange::generate(method, random);
  Bytes key = to_bytes(initiator->public_value());
  Bytes ciphertext = to_bytes(KeyExchange::respond(method, key, random)->public_value());
  EXPECT_FALSE(KeyExchange::respond(method, ByteView{key}.first(key.size() - 1), random));
  EXPECT_FALSE(initiator->shared_secret(ByteView{ciphertext}.first(ciphertext.size() - 1)));
  key.push_back(std::byte{0});
  ciphertext.push_back(std::byte{0});
  EXPECT_FALSE(KeyExchange::respond(method, key, random));
  EXPECT_FALSE(initiator->shared_secret(ciphertext));
  EXPECT_FALSE(initiator->shared_secret({}));
}

TEST_P(MlKemTest, RefusesAnEncapsulationKeyThatIsNotReduced) {  // FIPS 203 §7.2, "modulus check"
  Bytes key = to_bytes(KeyExchange::generate(method, random)->public_value());
  key[0] = key[1] = std::byte{0xff};
  EXPECT_FALSE(KeyExchange::respond(method, key, random));
}

TEST_P(MlKemTest, AChangedCiphertextGivesASecretThatTheOtherSideDoesNotHave) {  // §6.3, implicit rejection
  const auto initiator = KeyExchange::generate(method, random);
  const auto responder = KeyExchange::respond(method, initiator->public_value(), random);
  Bytes changed = to_bytes(responder->public_value());
  changed.front() ^= std::byte{1};
  const auto secret = initiator->shared_secret(changed);
  ASSERT_TRUE(secret);
  EXPECT_FALSE(*secret == responder->shared_secret(initiator->public_value()));
}

INSTANTIATE_TEST_SUITE_P(Methods, MlKemTest,
                         testing::Values(Parameters{KeyExchangeId::MlKem512, 800, 768,
                                                    "86b1b4703b8ffef6f7f3290c6dbce4ad954498a0673ded401a94828e8c519a59"},
                                         Parameters{KeyExchangeId::MlKem768, 1184, 1088,
                                                    "1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415"},
                                         Parameters{
                                             KeyExchangeId::MlKem1024, 1568, 1568,
                                             "800018fec3e2723f73f1d657fe239b4d5d8782efaade297e8cd448e54cc2ac00"}));

}  // namespace
}  // namespace agilevpn::crypto
