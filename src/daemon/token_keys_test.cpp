#include "daemon/token_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linux/clock.h"
#include "linux/token_fixture.h"

namespace agilevpn::daemon {
namespace {

using testing::HasSubstr;

class ATokensKey : public linux::TokenFixture {
 protected:
  void set(std::string_view pin_text) {
    if (!own_) own_ = put(crypto::KeyType::EcdsaP256, "vpn");
    keys_.set("office", {{uri("pkcs11:token=anna;object=vpn"), {}, pin(pin_text)}, own_->public_key()});
  }
  void sign() {
    answer_.reset();
    keys_.sign({.ike_sa = {},
                .key = "office",
                .scheme = {crypto::SignatureScheme::Kind::Ecdsa, crypto::HashId::Sha2_256},
                .octets = to_bytes("AUTH")},
               [this](ike::Answer answer) { answer_ = std::move(answer), loop_.stop(); });
  }
  std::string refusal() const {
    const auto* refused = answer_ ? std::get_if<ike::Refused>(&*answer_) : nullptr;
    return refused ? refused->reason : "";
  }

  linux::EventLoop loop_;
  TokenKeys keys_{loop_};
  std::optional<crypto::Certificate> own_;
  std::optional<ike::Answer> answer_;
};

TEST_F(ATokensKey, SignsWhileTheLoopGoesOn) {
  set("1234");
  sign();
  EXPECT_FALSE(answer_);
  loop_.run();
  ASSERT_TRUE(answer_);
  const auto* signature = std::get_if<ike::Signature>(&*answer_);
  ASSERT_TRUE(signature) << refusal();
  EXPECT_TRUE(own_->public_key().verify({crypto::SignatureScheme::Kind::Ecdsa, crypto::HashId::Sha2_256},
                                        as_bytes("AUTH"), signature->signature));
}

TEST_F(ATokensKey, AWrongPinIsNotTriedAgainUntilSomebodyWantsIt) {
  set("9999");
  sign();
  loop_.run();
  EXPECT_THAT(refusal(), HasSubstr("the PIN for the token 'anna' is wrong"));
  set("9999");  // As a reload does.
  sign();
  loop_.run();
  sign();
  EXPECT_THAT(refusal(), HasSubstr("the PIN for the token 'anna' is wrong")) << "at once, without the token";
  keys_.retry_pin("office", {});
  sign();
  EXPECT_FALSE(answer_) << "the token is asked";
  loop_.run();
}

TEST_F(ATokensKey, AsksForAPinThatNobodyHasGivenAndAgainAfterAWrongOne) {
  set("");
  const linux::TokenKey key{linux::parse_token_uri("pkcs11:token=anna")->uri, {}, {}};
  for (const char* typed : {"9999", "1234"}) {
    EXPECT_EQ(keys_.pin_wanted("office", key).value(), "anna");
    keys_.retry_pin("office", Secret{to_bytes(typed)});
    EXPECT_EQ(keys_.pin_wanted("office", key).value(), "");
    sign();
    loop_.run();
  }
  EXPECT_TRUE(std::holds_alternative<ike::Signature>(*answer_)) << refusal();
  EXPECT_EQ(keys_.pin_wanted("office", key).value(), "") << "it is still known";
  keys_.forget_pin("office");
  EXPECT_EQ(keys_.pin_wanted("office", key).value(), "anna");
}

TEST_F(ATokensKey, OfAnotherCertificateIsNoticed) {
  set("1234");
  own_ = put(crypto::KeyType::EcdsaP256, "other");
  set("1234");
  sign();
  loop_.run();
  EXPECT_THAT(refusal(), HasSubstr("does not belong to the certificate"));
}

TEST_F(ATokensKey, ThatNobodyHasIsRefusedAtOnce) {
  sign();
  EXPECT_THAT(refusal(), HasSubstr("nobody here has that private key"));
}

}  // namespace
}  // namespace agilevpn::daemon
