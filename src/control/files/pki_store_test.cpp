#include "control/files/pki_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "control/files/file.h"

namespace agilevpn::control::files {
namespace {

class Pki : public testing::Test {
 protected:
  Pki() {
    std::string pattern = testing::TempDir() + "pkiXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Pki() override { std::filesystem::remove_all(directory_); }

  PkiStore init() { return PkiStore::init(directory_, "CN=Test CA", crypto::KeyType::EcdsaP256, now_).value(); }
  static unsigned mode(const std::filesystem::path& file) {
    struct stat found{};
    return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }

  std::filesystem::path directory_;
  WallTime now_ = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
};

TEST_F(Pki, ABadSubjectMakesNoCa) {
  const auto refused = PkiStore::init(directory_, "X=1", crypto::KeyType::EcdsaP256, now_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "'X=1' cannot stand in a certificate's name");
}

TEST_F(Pki, AClientsCertificateLogsInAgainstItsCa) {
  PkiStore pki = init();
  IssueRequest request{.name = "anna@example.org", .subject = "CN=Anna, OU=staff"};
  request.password = Secret(to_bytes("pw"));
  const auto certificate = pki.issue(request, now_);
  ASSERT_TRUE(certificate) << certificate.error().to_string();
  const crypto::Verifier verifier({pki.ca()}, {});
  const crypto::CertificateName anna{crypto::CertificateName::Kind::Email, to_bytes("anna@example.org")};
  const auto verified =
      verifier.verify({*certificate}, anna, {.purpose = crypto::CertificateRules::Purpose::Client}, now_);
  EXPECT_TRUE(verified) << verified.error().to_string();
  const Secret p12 = read_secret(PkiStore::issued_file(directory_, "anna@example.org", ".p12")).value();
  const auto parsed = crypto::parse_pkcs12(p12.view(), Secret(to_bytes("pw")));
  ASSERT_TRUE(parsed) << parsed.error().to_string();
  EXPECT_EQ(parsed->certificate, *certificate);
}

TEST_F(Pki, AnAddressAsGatewayStandsAmongDnsNamesToo) {
  PkiStore pki = init();
  const auto certificate = pki.issue({.name = "203.0.113.10", .is_gateway = true}, now_);
  ASSERT_TRUE(certificate) << certificate.error().to_string();
  using Name = crypto::CertificateName;
  const auto names = certificate->names();
  EXPECT_NE(std::ranges::find(names, Name{Name::Kind::Ip, to_bytes(IpAddress::v4(203, 0, 113, 10).bytes())}),
            names.end());
  EXPECT_NE(std::ranges::find(names, Name{Name::Kind::Dns, to_bytes("203.0.113.10")}), names.end());
}

TEST_F(Pki, KeysAreForTheirOwnerOnly) {
  PkiStore pki = init();
  ASSERT_TRUE(pki.issue({.name = "vpn.example.org", .is_gateway = true}, now_));
  EXPECT_EQ(mode(directory_ / "ca.key"), 0600u);
  EXPECT_EQ(mode(PkiStore::issued_file(directory_, "vpn.example.org", ".key")), 0600u);
  EXPECT_EQ(mode(directory_ / "ca.pem"), 0644u);
}

TEST_F(Pki, ARevokedCertificateIsRefusedByTheNewCrl) {
  PkiStore pki = init();
  IssueRequest request{.name = "bert"};
  request.password = Secret(to_bytes("pw"));
  const auto certificate = pki.issue(request, now_).value();
  ASSERT_TRUE(pki.revoke("bert", now_));
  auto crls = crypto::Crl::parse(as_bytes(read_text(PkiStore::crl_file(directory_)).value())).value();
  const crypto::Verifier verifier({pki.ca()}, std::move(crls));
  const auto verified = verifier.verify({certificate}, {crypto::CertificateName::Kind::Dns, to_bytes("bert")},
                                        {.purpose = crypto::CertificateRules::Purpose::Client}, now_ + 1min);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().check, crypto::CertificateError::Check::Revoked);
}

TEST_F(Pki, WhatWasIssuedSurvivesARestart) {
  {
    PkiStore pki = init();
    IssueRequest request{.name = "bert"};
    request.password = Secret(to_bytes("pw"));
    ASSERT_TRUE(pki.issue(request, now_));
    ASSERT_TRUE(pki.revoke("bert", now_));
    request.name = "anna";
    ASSERT_TRUE(pki.issue(request, now_));
  }
  const auto pki = PkiStore::open(directory_);
  ASSERT_TRUE(pki) << pki.error().to_string();
  ASSERT_EQ(pki->issued().size(), 2u);
  EXPECT_EQ(pki->find("bert")->revoked, now_);
  EXPECT_FALSE(pki->find("anna")->revoked);
  EXPECT_EQ(pki->find(pki->find("anna")->serial)->name, "anna");
}

TEST_F(Pki, ARenewedCertificateSaysWhatTheLastOneSaidWithANewKey) {
  PkiStore pki = init();
  IssueRequest request{.name = "vpn.example.org", .is_gateway = true};
  request.names = {"203.0.113.10"};
  request.key = crypto::KeyType::Rsa;
  request.rsa_bits = 3072;
  const auto before = pki.issue(request, now_).value();
  const auto after = pki.renew({.name = "vpn.example.org"}, now_ + 24h);
  ASSERT_TRUE(after) << after.error().to_string();
  EXPECT_EQ(after->names(), before.names());
  EXPECT_EQ(after->extended_key_usages(), before.extended_key_usages());
  EXPECT_EQ(after->public_key().bits(), 3072u);
  EXPECT_NE(after->spki(), before.spki());
  EXPECT_EQ(after->not_after(), before.not_after() + 24h);
  EXPECT_EQ(*after, crypto::Certificate::from_pem(
                        as_bytes(read_text(PkiStore::issued_file(directory_, "vpn.example.org", ".pem")).value()))
                        ->front());
}

TEST_F(Pki, ARevokedNameLosesEveryCertificateThatItHas) {
  PkiStore pki = init();
  ASSERT_TRUE(pki.issue({.name = "a", .is_gateway = true}, now_));
  ASSERT_TRUE(pki.renew({.name = "a"}, now_));
  ASSERT_TRUE(pki.revoke("a", now_));
  EXPECT_TRUE(
      std::ranges::all_of(pki.issued(), [](const IssuedCertificate& entry) { return entry.revoked.has_value(); }));
  EXPECT_FALSE(pki.renew({.name = "a"}, now_));
  EXPECT_FALSE(pki.renew({.name = "nobody"}, now_));
}

TEST_F(Pki, MistakesAreRefusedInWords) {
  EXPECT_NE(PkiStore::open(directory_).error().help.find("agilevpn pki init"), std::string::npos);
  PkiStore pki = init();
  EXPECT_FALSE(PkiStore::init(directory_, "CN=Other", crypto::KeyType::EcdsaP256, now_));
  EXPECT_FALSE(pki.issue({.name = "../etc/passwd", .is_gateway = true}, now_));
  EXPECT_FALSE(pki.issue({.name = "", .is_gateway = true}, now_));
  ASSERT_TRUE(pki.issue({.name = "a", .is_gateway = true}, now_));
  EXPECT_NE(pki.issue({.name = "a", .is_gateway = true}, now_).error().help.find("revoke"), std::string::npos);
  EXPECT_FALSE(pki.revoke("nobody", now_));
  ASSERT_TRUE(pki.revoke("a", now_));
  EXPECT_FALSE(pki.revoke("a", now_));
  EXPECT_TRUE(pki.issue({.name = "a", .is_gateway = true}, now_));
}

TEST(PkiPassword, IsEightyBitsInFourGroups) {
  const Secret password = make_password("00443214c74254b635cf"_hex);
  EXPECT_EQ(to_text(password.view()), "0123-4567-89ab-cdef");
  EXPECT_EQ(to_text(make_password(Bytes(10, std::byte{0xff})).view()), "zzzz-zzzz-zzzz-zzzz");
}

TEST(Files, AWriteReplacesTheWholeFile) {
  std::string pattern = testing::TempDir() + "filesXXXXXX";
  const std::filesystem::path directory = ::mkdtemp(pattern.data());
  ASSERT_TRUE(write(directory / "new" / "a", as_bytes("first, longer"), Readers::OwnerOnly));
  ASSERT_TRUE(write(directory / "new" / "a", as_bytes("second"), Readers::OwnerOnly));
  EXPECT_EQ(read_text(directory / "new" / "a").value(), "second");
  EXPECT_FALSE(std::filesystem::exists(directory / "new" / "a.new"));
  EXPECT_FALSE(read_text(directory / "none"));
  EXPECT_NE(read_text(directory).error().what.find("is no file"), std::string::npos);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace agilevpn::control::files
