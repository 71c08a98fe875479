#include "crypto/certificate_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::crypto {
namespace {

using Kind = CertificateName::Kind;
using testing::ElementsAre;

constexpr WallTime valid_from = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
constexpr WallTime valid_to = std::chrono::sys_days{std::chrono::year{2036} / 1 / 1};

struct Anna {
  CertificateAuthority ca = CertificateAuthority::create("Example CA", KeyType::EcdsaP256, valid_from, valid_to);
  PrivateKey key = PrivateKey::generate(KeyType::EcdsaP256);
  CertificateRequest request{.subject = "anna", .not_before = valid_from, .not_after = valid_to};

  Certificate certificate() const { return *ca.issue(request, key.public_key()); }
  std::string refusal() const { return ca.issue(request, key.public_key()).error().what; }
};

TEST(CertificateAuthority, LoadsWhatItSaved) {
  const Anna anna;
  const std::string certificate = anna.ca.certificate().to_pem();
  const auto again = CertificateAuthority::load(as_bytes(certificate), anna.ca.key().to_pem().view());
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->certificate(), anna.ca.certificate());
  EXPECT_EQ(again->certificate().subject(), "CN=Example CA");
}

TEST(CertificateAuthority, DoesNotLoadWhatDoesNotBelongTogether) {
  const Anna anna;
  const std::string ca = anna.ca.certificate().to_pem();
  const std::string leaf = anna.certificate().to_pem();
  EXPECT_EQ(CertificateAuthority::load(as_bytes(ca), anna.key.to_pem().view()).error().what,
            "the private key does not belong to CN=Example CA");
  EXPECT_EQ(CertificateAuthority::load(as_bytes(leaf), anna.key.to_pem().view()).error().what,
            "the certificate CN=anna is no CA's");
  EXPECT_FALSE(CertificateAuthority::load(as_bytes("hello"), anna.key.to_pem().view()));
}

TEST(CertificateAuthority, NeverGivesTheSameSerialTwice) {
  const Anna anna;
  EXPECT_NE(anna.certificate().serial(), anna.certificate().serial());
}

TEST(CertificateAuthority, GivesTheUsagesThatAreAskedFor) {
  Anna anna;
  EXPECT_THAT(anna.certificate().extended_key_usages(), ElementsAre("clientAuth"));
  anna.request.extended_key_usages = {"ipsecIKE", "1.2.3.4"};
  EXPECT_THAT(anna.certificate().extended_key_usages(), ElementsAre("ipsecIKE", "1.2.3.4"));
  anna.request.extended_key_usages = {"nonsense"};
  EXPECT_EQ(anna.refusal(), "unknown extended key usage 'nonsense'");
}

TEST(CertificateAuthority, RefusesNamesThatCannotStandInACertificate) {
  Anna anna;
  for (const std::string_view name : {"", "two words", "m\xc3\xbcller.example", "a\nb"}) {
    anna.request.names = {{Kind::Dns, to_bytes(name)}};
    EXPECT_FALSE(anna.ca.issue(anna.request, anna.key.public_key())) << name;
  }
  anna.request.names = {{Kind::Dns, to_bytes("two words")}};
  EXPECT_EQ(anna.refusal(), "'two words' cannot stand in a certificate");
  anna.request.names = {{Kind::Ip, "010203"_hex}};
  EXPECT_EQ(anna.refusal(), "an IP address in a certificate has 4 or 16 octets");
  anna.request.names = {{Kind::Dn, "010203"_hex}};
  EXPECT_EQ(anna.refusal(), "this is no DER distinguished name");
}

TEST(CertificateAuthority, RefusesABadSubjectAndAnEmptyLifetime) {
  Anna anna;
  anna.request.subject = "X=1";
  EXPECT_EQ(anna.refusal(), "'X=1' cannot stand in a certificate's name");
  anna.request.subject = "anna";
  anna.request.not_after = valid_from;
  EXPECT_EQ(anna.refusal(), "a certificate from 2026-01-01 to 2026-01-01 is never valid");
}

TEST(CertificateAuthority, RefusesBadConstraintsAndSerials) {
  const Anna anna;
  EXPECT_EQ(anna.ca.issue_ca("CN=b", KeyType::EcdsaP256, valid_from, valid_to, -1, {"a,excluded;DNS:b"}).error().what,
            "'a,excluded;DNS:b' is no DNS name");
  for (const std::string_view serial : {"", "xyz", "abc"}) {
    EXPECT_FALSE(anna.ca.issue_crl({{std::string{serial}, valid_from}}, valid_from, valid_to)) << serial;
  }
}

class BothForms : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Pkcs12, BothForms, testing::Bool());

TEST_P(BothForms, GiveBackWhatWasPutIn) {
  const Anna anna;
  const Secret password{to_bytes("sesame")};
  const auto file =
      make_pkcs12(anna.key, anna.certificate(), {anna.ca.certificate()}, password, "anna's laptop", GetParam());
  ASSERT_TRUE(file) << file.error().to_string();
  const auto parsed = parse_pkcs12(file->view(), password);
  ASSERT_TRUE(parsed) << parsed.error().to_string();
  EXPECT_EQ(parsed->key.public_key(), anna.key.public_key());
  EXPECT_EQ(parsed->certificate.subject(), "CN=anna");
  EXPECT_THAT(parsed->chain, ElementsAre(anna.ca.certificate()));
  EXPECT_EQ(parse_pkcs12(file->view(), Secret{to_bytes("wrong")}).error().to_string(),
            "the PKCS#12 file does not open (is the password right?)");
}

TEST(Pkcs12, TakesAnEmptyPassword) {
  const Anna anna;
  const auto file = make_pkcs12(anna.key, anna.certificate(), {}, {}, "anna", false);
  ASSERT_TRUE(file);
  EXPECT_TRUE(parse_pkcs12(file->view(), {}));
}

TEST(Pkcs12, SaysWhatIsWrong) {
  const Anna anna;
  EXPECT_EQ(parse_pkcs12(as_bytes("hello"), {}).error().what, "this is no PKCS#12 file");
  EXPECT_FALSE(make_pkcs12(anna.ca.key(), anna.certificate(), {}, {}, "anna", false));
  EXPECT_EQ(parse_pkcs12(as_bytes("hello"), Secret{"6100"_hex}).error().what,
            "a PKCS#12 password cannot hold a zero octet");
}

}  // namespace
}  // namespace agilevpn::crypto
