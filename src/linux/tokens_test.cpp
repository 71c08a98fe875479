#include "linux/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linux/token_fixture.h"

namespace agilevpn::linux {
namespace {

using crypto::HashId;
using crypto::KeyType;
using testing::HasSubstr;
using Kind = crypto::SignatureScheme::Kind;

class AToken : public TokenFixture {
 protected:
  // Reads the certificate and signs by it.
  void expect_signature(const crypto::Certificate& own, const std::string& label, crypto::SignatureScheme scheme) {
    const auto found = tokens_.certificate(uri("pkcs11:token=anna;object=" + label), {});
    ASSERT_TRUE(found) << found.error().error.to_string();
    EXPECT_EQ(found->chain.front(), own);
    const auto signature = tokens_.sign({uri("pkcs11:token=anna"), found->id, pin()}, scheme, as_bytes("AUTH"));
    ASSERT_TRUE(signature) << signature.error().error.to_string();
    EXPECT_TRUE(own.public_key().verify(scheme, as_bytes("AUTH"), *signature)) << crypto::to_string(scheme);
  }

  Tokens tokens_;
};

TEST_F(AToken, SignsWithRsa) {
  const auto own = put(KeyType::Rsa, "vpn");
  for (const HashId hash : {HashId::Sha1, HashId::Sha2_256, HashId::Sha2_384, HashId::Sha2_512}) {
    expect_signature(own, "vpn", {Kind::RsaPkcs1, hash});
    expect_signature(own, "vpn", {Kind::RsaPss, hash});
  }
}

TEST_F(AToken, SignsWithEcdsaInBothForms) {
  expect_signature(put(KeyType::EcdsaP256, "small"), "small", {Kind::Ecdsa, HashId::Sha2_256});
  const auto own = put(KeyType::EcdsaP384, "vpn");
  expect_signature(own, "vpn", {Kind::Ecdsa, HashId::Sha2_384});
  expect_signature(own, "vpn", {Kind::EcdsaRaw, HashId::Sha2_384});
}

TEST_F(AToken, SaysWhatIsNotAsItShouldBe) {
  put(KeyType::EcdsaP256, "vpn");
  const auto why = [&](const std::string& text) { return tokens_.certificate(uri(text), {}).error().error.what; };
  EXPECT_THAT(why("pkcs11:token=berta;object=vpn"),
              testing::AllOf(HasSubstr("no token 'berta' is there (there are: "), HasSubstr("'anna'")));
  EXPECT_EQ(why("pkcs11:token=anna;object=post"), "the token 'anna' has no certificate 'post'");
  EXPECT_THAT(why("pkcs11:token=anna?module-path=/nonexistent.so"), HasSubstr("cannot load /nonexistent.so"));
  const crypto::SignatureScheme scheme{Kind::Ecdsa, HashId::Sha2_256};
  const auto wrong = tokens_.sign({uri("pkcs11:token=anna;object=vpn"), {}, pin("9999")}, scheme, as_bytes("AUTH"));
  EXPECT_EQ(wrong.error().error.what, "the PIN for the token 'anna' is wrong");
  EXPECT_TRUE(wrong.error().is_about_pin);
  EXPECT_THAT(tokens_.sign({uri("pkcs11:token=anna;object=vpn"), {}, {}}, scheme, as_bytes("AUTH")).error().error.what,
              HasSubstr("asks for its PIN"));
  EXPECT_EQ(
      tokens_.sign({uri("pkcs11:token=anna;object=post"), {}, pin()}, scheme, as_bytes("AUTH")).error().error.what,
      "the token 'anna' has no private key 'post'");
}

TEST(TokenUri, GivesThePinApartFromWhatMayBeShown) {
  const auto parsed = parse_token_uri("pkcs11:token=My%20card;id=%01%ff?pin-value=1234&module-path=/usr/lib/x.so");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->uri.token, "My card");
  EXPECT_EQ(parsed->uri.object, "01ff");
  EXPECT_EQ(parsed->uri.module_path, "/usr/lib/x.so");
  EXPECT_EQ(to_text(parsed->pin.view()), "1234");
  EXPECT_EQ(parse_token_uri("pkcs11:token=a?pin-source=file:/etc/pin")->pin_file, "/etc/pin");
  EXPECT_FALSE(parse_token_uri("pkcs11:token=%zz"));
}

}  // namespace
}  // namespace agilevpn::linux
