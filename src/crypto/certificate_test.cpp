#include "crypto/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/certificate_authority.h"

namespace agilevpn::crypto {
namespace {

using Kind = CertificateName::Kind;
using testing::ElementsAre;

constexpr WallTime begins = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1} + 12h + 34min + 56s;
constexpr WallTime ends = std::chrono::sys_days{std::chrono::year{2056} / 1 / 1};

CertificateName dns(std::string_view name) { return {Kind::Dns, to_bytes(name)}; }
CertificateName email(std::string_view name) { return {Kind::Email, to_bytes(name)}; }
CertificateName ip(std::string_view address) { return {Kind::Ip, to_bytes(IpAddress::parse(address)->bytes())}; }
CertificateName dn(std::string_view name) { return {Kind::Dn, *distinguished_name(name)}; }

const CertificateAuthority& ca() {
  static const auto authority =
      CertificateAuthority::create("CN=Example CA, O=Example", KeyType::EcdsaP256, begins, ends);
  return authority;
}

CertificateRequest request() {
  return {.profile = CertificateRequest::Profile::Gateway,
          .subject = "CN=vpn, OU=staff, OU=berlin, O=Example, C=DE",
          .names = {dns("vpn.example.org"), email("vpn@example.org"), ip("192.0.2.1"), ip("2001:db8::1")},
          .not_before = begins,
          .not_after = ends};
}

Certificate issue(const CertificateRequest& request) {
  return *ca().issue(request, PrivateKey::generate(KeyType::EcdsaP256).public_key());
}

TEST(Certificate, SaysWhatItHolds) {
  const Certificate certificate = issue(request());
  EXPECT_EQ(certificate.subject(), "CN=vpn, OU=staff, OU=berlin, O=Example, C=DE");
  EXPECT_EQ(certificate.issuer(), "CN=Example CA, O=Example");
  EXPECT_EQ(certificate.serial().size(), 32u);
  EXPECT_EQ(certificate.not_before(), begins);
  EXPECT_EQ(certificate.not_after(), ends);
  EXPECT_FALSE(certificate.is_ca());
  EXPECT_TRUE(ca().certificate().is_ca());
  EXPECT_THAT(certificate.names(), ElementsAre(dns("vpn.example.org"), email("vpn@example.org"), ip("192.0.2.1"),
                                               ip("2001:db8::1"), dn("CN=vpn, OU=staff, OU=berlin, O=Example, C=DE")));
  EXPECT_THAT(certificate.extended_key_usages(), ElementsAre("serverAuth", "iKEIntermediate"));
  EXPECT_THAT(certificate.subject_field("OU"), ElementsAre("berlin", "staff"));
  EXPECT_THAT(certificate.subject_field("organizationName"), ElementsAre("Example"));
  EXPECT_TRUE(certificate.subject_field("L").empty());
  EXPECT_TRUE(certificate.subject_field("nonsense").empty());
  EXPECT_EQ(certificate.key_hash(), hash(HashId::Sha1, {certificate.public_key().spki()}));
  EXPECT_EQ(certificate.sha256_fingerprint(), hash(HashId::Sha2_256, {certificate.der()}));
}

TEST(Certificate, GoesThroughDerAndPem) {
  const Certificate certificate = issue(request());
  EXPECT_EQ(*Certificate::from_der(certificate.der()), certificate);
  const std::string both = "Some text before.\n" + certificate.to_pem() + ca().certificate().to_pem();
  const auto read = Certificate::from_pem(as_bytes(both));
  ASSERT_TRUE(read);
  EXPECT_THAT(*read, ElementsAre(certificate, ca().certificate()));
}

TEST(Certificate, RefusesEveryTruncationAndTrailingOctets) {
  Bytes der = issue(request()).der();
  for (std::size_t size = 0; size < der.size(); size += 7)
    EXPECT_FALSE(Certificate::from_der(ByteView{der}.first(size)));
  der.push_back(std::byte{0});
  EXPECT_EQ(Certificate::from_der(der).error().what, "this is no X.509 certificate");
}

TEST(Certificate, RefusesAPemFileWithABrokenPart) {
  EXPECT_FALSE(Certificate::from_pem(as_bytes("")));
  EXPECT_FALSE(Certificate::from_pem(as_bytes("hello")));
  EXPECT_FALSE(Certificate::from_pem(
      as_bytes(ca().certificate().to_pem() + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")));
  std::string cut = ca().certificate().to_pem();
  cut.resize(cut.size() / 2);
  EXPECT_FALSE(Certificate::from_pem(as_bytes(cut)));
}

TEST(CertificateName, IsShownAsPeopleWriteIt) {
  EXPECT_EQ(dns("vpn.example.org").to_string(), "vpn.example.org");
  EXPECT_EQ(ip("2001:db8::1").to_string(), "2001:db8::1");
  EXPECT_EQ(dn("CN=anna, O=Example").to_string(), "CN=anna, O=Example");
  EXPECT_EQ((CertificateName{Kind::Dn, "ff"_hex}).to_string(), "ff");
  EXPECT_EQ(dns("a\x1b[2Jb\n").to_string(), "a?[2Jb?");  // A peer must not write to the terminal of who reads the log.
}

TEST(DistinguishedName, GoesThroughText) {
  for (const std::string_view text :
       {"CN=anna", "CN=anna, O=Example", "CN=Müller\\, Anna, O=Example, C=DE", "emailAddress=a@example.org, CN=a+b"}) {
    SCOPED_TRACE(text);
    const auto der = distinguished_name(text);
    ASSERT_TRUE(der);
    EXPECT_EQ(*distinguished_name((CertificateName{Kind::Dn, *der}).to_string()), *der);
  }
  EXPECT_EQ(dn("anna"), dn("CN=anna"));
  EXPECT_EQ(dn("  CN = anna ,O=Example"), dn("CN=anna, O=Example"));
}

TEST(DistinguishedName, SaysWhichPartCannotStandThere) {
  EXPECT_EQ(distinguished_name("CN=anna, X=1").error().what, "'X=1' cannot stand in a certificate's name");
  EXPECT_FALSE(distinguished_name("CN=" + std::string(65, 'a')));
  EXPECT_FALSE(distinguished_name("C=Germany"));
  EXPECT_FALSE(distinguished_name(""));
}

TEST(Crl, SaysWhoseItIsAndHowLongItHolds) {
  const auto pem = ca().issue_crl({}, begins, ends);
  ASSERT_TRUE(pem);
  const auto crls = Crl::parse(as_bytes(*pem + *pem));
  ASSERT_TRUE(crls);
  ASSERT_EQ(crls->size(), 2u);
  EXPECT_EQ(crls->front().issuer(), "CN=Example CA, O=Example");
  EXPECT_EQ(crls->front().next_update(), ends);
  EXPECT_FALSE(Crl::parse(as_bytes("hello")));
  EXPECT_FALSE(Crl::parse({}));
  EXPECT_FALSE(Crl::parse("30820010"_hex));
}

}  // namespace
}  // namespace agilevpn::crypto
