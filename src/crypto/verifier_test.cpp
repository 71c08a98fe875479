#include <gtest/gtest.h>

#include "crypto/certificate_authority.h"

namespace agilevpn::crypto {
namespace {

using Check = CertificateError::Check;
using Kind = CertificateName::Kind;
using Profile = CertificateRequest::Profile;
using Purpose = CertificateRules::Purpose;

constexpr WallTime day(int year, unsigned month, unsigned date) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(date)};
}
constexpr WallTime now = day(2026, 11, 22);
constexpr WallTime valid_from = day(2026, 1, 1);
constexpr WallTime valid_to = day(2036, 1, 1);

CertificateName dns(std::string_view name) { return {Kind::Dns, to_bytes(name)}; }
CertificateName email(std::string_view name) { return {Kind::Email, to_bytes(name)}; }
CertificateName ip(std::string_view address) { return {Kind::Ip, to_bytes(IpAddress::parse(address)->bytes())}; }
CertificateName dn(std::string_view name) { return {Kind::Dn, *distinguished_name(name)}; }

const PrivateKey& key() {
  static const PrivateKey one = PrivateKey::generate(KeyType::EcdsaP256);
  return one;
}

// A CA, a certificate it issued, and what is asked about it. A test changes one thing and looks at the answer.
struct Case {
  CertificateAuthority ca = CertificateAuthority::create("CN=Example CA", KeyType::EcdsaP256, valid_from, valid_to);
  CertificateRequest request{.profile = Profile::Gateway,
                             .subject = "CN=vpn, OU=staff, O=Example",
                             .names = {dns("vpn.example.org")},
                             .not_before = valid_from,
                             .not_after = valid_to};
  CertificateName identity = dns("vpn.example.org");
  CertificateRules rules;
  std::vector<Certificate> helpers;
  std::vector<Certificate> anchors{ca.certificate()};
  std::vector<CertificateAuthority::Revoked> revoked;
  std::vector<std::string> crls;
  WallTime at = now;

  Certificate issue() const { return *ca.issue(request, key().public_key()); }

  Result<PublicKey, CertificateError> verify(const Certificate& certificate) const {
    std::vector<Certificate> chain{certificate};
    chain.insert(chain.end(), helpers.begin(), helpers.end());
    std::vector<Crl> parsed;
    for (const std::string& crl : crls) parsed.push_back(Crl::parse(as_bytes(crl))->front());
    return Verifier{anchors, parsed}.verify(chain, identity, rules, at);
  }
  Result<PublicKey, CertificateError> verify() const { return verify(issue()); }
};

void expect_refused(const Case& c, Check check, const std::string& message) {
  const auto verified = c.verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().check, check);
  EXPECT_EQ(verified.error().to_string(), message);
}

TEST(Verifier, GivesTheKeyOfAGoodCertificate) {
  const auto verified = Case{}.verify();
  ASSERT_TRUE(verified) << verified.error().to_string();
  EXPECT_EQ(*verified, key().public_key());
}

TEST(Verifier, WantsACertificate) {
  const Case c;
  const auto verified = Verifier{c.anchors, {}}.verify({}, c.identity, c.rules, now);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().check, Check::Parse);
  EXPECT_EQ(verified.error().to_string(), "the peer's certificate: none (expected: a certificate)");
}

// --- Chain

TEST(Verifier, RefusesAnotherCa) {
  Case c;
  c.anchors = {CertificateAuthority::create("CN=Other CA", KeyType::EcdsaP256, valid_from, valid_to).certificate()};
  expect_refused(c, Check::UnknownIssuer,
                 "certificate CN=vpn, OU=staff, O=Example: issued by CN=Example CA, which is not trusted "
                 "(expected: a chain to one of: CN=Other CA)");
  c.anchors.clear();
  expect_refused(c, Check::UnknownIssuer,
                 "certificate CN=vpn, OU=staff, O=Example: issued by CN=Example CA, which is not trusted "
                 "(expected: a trusted CA, but none is configured)");
}

TEST(Verifier, RefusesAnotherCaOfTheSameName) {
  Case c;
  c.anchors = {CertificateAuthority::create("CN=Example CA", KeyType::EcdsaP256, valid_from, valid_to).certificate()};
  const auto print = [](const Certificate& ca) { return "SHA-256 " + to_hex(ca.sha256_fingerprint()).substr(0, 16); };
  const auto verified = c.verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().check, Check::UnknownIssuer);
  EXPECT_TRUE(
      verified.error().expected.starts_with("a chain to one of: CN=Example CA (" + print(c.anchors[0]) + ", key "))
      << verified.error().expected;
  EXPECT_TRUE(verified.error().found.starts_with("issued by CN=Example CA (key ")) << verified.error().found;
  c.helpers = {c.ca.certificate()};  // A peer may send its CA, too.
  const auto with_ca = c.verify();
  ASSERT_FALSE(with_ca);
  EXPECT_TRUE(with_ca.error().found.starts_with("issued by CN=Example CA (" + print(c.ca.certificate()) + ", key "))
      << with_ca.error().found;
}

TEST(Verifier, RefusesACaThatThePeerBrings) {
  Case c;
  c.helpers = {c.ca.certificate()};
  c.anchors.clear();
  EXPECT_EQ(c.verify().error().check, Check::UnknownIssuer);
}

TEST(Verifier, RefusesACertificateSignedByOneThatIsNoCa) {
  Case c;
  const auto forger = CertificateAuthority::create("CN=anna", KeyType::EcdsaP256, valid_from, valid_to);
  c.request.subject = "CN=anna";
  c.helpers = {*c.ca.issue(c.request, forger.key().public_key())};  // Her own good certificate, for the forger's key.
  c.request.subject = "CN=vpn";
  const auto refused = c.verify(*forger.issue(c.request, key().public_key()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().check, Check::Chain);
  EXPECT_EQ(refused.error().certificate, "CN=anna");
}

TEST(Verifier, FollowsIntermediateCasThatThePeerSends) {
  Case c;
  const auto intermediate = *c.ca.issue_ca("CN=Staff CA", KeyType::EcdsaP384, valid_from, valid_to);
  const Certificate leaf = *intermediate.issue(c.request, key().public_key());
  EXPECT_EQ(c.verify(leaf).error().to_string(),
            "certificate CN=vpn, OU=staff, O=Example: issued by CN=Staff CA, which is not trusted "
            "(expected: a chain to one of: CN=Example CA)");
  c.helpers = {intermediate.certificate()};
  EXPECT_TRUE(c.verify(leaf));
}

TEST(Verifier, TakesAnIntermediateCaAsAnAnchor) {
  Case c;
  const auto intermediate = *c.ca.issue_ca("CN=Staff CA", KeyType::EcdsaP256, valid_from, valid_to);
  c.anchors = {intermediate.certificate()};
  EXPECT_TRUE(c.verify(*intermediate.issue(c.request, key().public_key())));
  EXPECT_FALSE(c.verify());  // What the CA above it issued is another matter.
}

TEST(Verifier, HoldsThePathLength) {
  Case c;
  const auto last = *c.ca.issue_ca("CN=Last CA", KeyType::EcdsaP256, valid_from, valid_to, 0);
  const auto below = *last.issue_ca("CN=Too Deep CA", KeyType::EcdsaP256, valid_from, valid_to);
  c.helpers = {below.certificate(), last.certificate()};
  EXPECT_TRUE(c.verify(*last.issue(c.request, key().public_key())));
  const auto refused = c.verify(*below.issue(c.request, key().public_key()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().check, Check::Chain);
  EXPECT_EQ(refused.error().certificate, "CN=Last CA");
}

TEST(Verifier, RefusesWeakKeys) {
  Case c;
  const auto refused = c.verify(*c.ca.issue(c.request, PrivateKey::generate(KeyType::Rsa, 1024).public_key()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().check, Check::Strength);
}

class EveryCaKey : public testing::TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(Verifier, EveryCaKey,
                         testing::Values(KeyType::Rsa, KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::EcdsaP521,
                                         KeyType::Ed25519, KeyType::Ed448));
TEST_P(EveryCaKey, Verifies) {
  Case c;
  c.ca = CertificateAuthority::create("CN=Example CA", GetParam(), valid_from, valid_to);
  c.anchors = {c.ca.certificate()};
  const auto verified = c.verify();
  EXPECT_TRUE(verified) << verified.error().to_string();
}

// --- Validity

TEST(Verifier, RefusesAnExpiredCertificate) {
  Case c;
  c.request.not_after = day(2026, 6, 30);
  expect_refused(c, Check::Validity,
                 "certificate CN=vpn, OU=staff, O=Example: expired on 2026-06-30 (expected: valid at 2026-11-22)");
}

TEST(Verifier, RefusesACertificateOfTheFuture) {
  Case c;
  c.request.not_before = day(2027, 1, 1);
  expect_refused(
      c, Check::NotYetValid,
      "certificate CN=vpn, OU=staff, O=Example: not valid before 2027-01-01 (expected: valid at 2026-11-22)");
}

TEST(Verifier, RefusesAnExpiredCa) {
  Case c;
  c.at = day(2040, 1, 1);
  c.request.not_after = day(2050, 1, 1);
  expect_refused(c, Check::Validity,
                 "certificate CN=Example CA: expired on 2036-01-01 (expected: valid at 2040-01-01)");
}

// --- Revocation

TEST(Verifier, FindsWhoIsRevokedByNowAndBelievesNoListOfANamesake) {
  Case c;
  const Certificate revoked = c.issue(), other = c.issue();
  const auto list = [&](const CertificateAuthority& ca) {
    return Crl::parse(as_bytes(*ca.issue_crl({{revoked.serial(), day(2026, 11, 1)}}, now, now + std::chrono::days{7})))
        ->front();
  };
  const Verifier verifier{c.anchors, {list(c.ca)}};
  ASSERT_TRUE(verifier.find_revoked({revoked}, now));
  EXPECT_EQ(verifier.find_revoked({revoked}, now)->found, "revoked on 2026-11-01");
  EXPECT_FALSE(verifier.find_revoked({other}, now));
  const auto namesake = CertificateAuthority::create("CN=Example CA", KeyType::EcdsaP256, valid_from, valid_to);
  EXPECT_FALSE((Verifier{c.anchors, {list(namesake)}}.find_revoked({revoked}, now)));
  EXPECT_FALSE((Verifier{{namesake.certificate()}, {list(c.ca)}}.find_revoked({revoked}, now)))
      << "it is not trusted, which is another matter";
}

TEST(Verifier, RefusesARevokedCertificateWheneverThereIsACrl) {
  Case c;
  const Certificate certificate = c.issue();
  c.crls = {*c.ca.issue_crl({{certificate.serial(), day(2026, 11, 1)}}, now - 24h, now + 24h)};
  const auto refused = c.verify(certificate);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().check, Check::Revoked);
  EXPECT_EQ(refused.error().to_string(),
            "certificate CN=vpn, OU=staff, O=Example: revoked on 2026-11-01 "
            "(expected: not on the revocation list of CN=Example CA)");
  EXPECT_TRUE(c.verify());  // Another one of the same name.
  c.crls = {*c.ca.issue_crl({{certificate.serial(), day(2026, 11, 1)}}, now - 48h, now - 24h)};
  EXPECT_EQ(c.verify(certificate).error().found, "revoked") << "an old list still names the revoked";
}

TEST(Verifier, ForgivesAMissingOrOldCrlUnlessTheRulesAskForOne) {
  Case c;
  EXPECT_TRUE(c.verify());
  c.rules.requires_crl = true;
  expect_refused(c, Check::Revocation,
                 "certificate CN=vpn, OU=staff, O=Example: there is none "
                 "(expected: a fresh revocation list of CN=Example CA)");
  c.crls = {*c.ca.issue_crl({}, day(2026, 10, 1), day(2026, 11, 1))};
  expect_refused(c, Check::Revocation,
                 "certificate CN=vpn, OU=staff, O=Example: it ended on 2026-11-01 "
                 "(expected: a fresh revocation list of CN=Example CA)");
  c.rules.requires_crl = false;
  EXPECT_TRUE(c.verify());
  c.rules.requires_crl = true;
  c.crls = {*c.ca.issue_crl({}, day(2026, 11, 1), day(2026, 12, 1))};
  EXPECT_TRUE(c.verify());
}

TEST(Verifier, ChecksTheCrlOfEveryCaBelowTheAnchor) {
  Case c;
  const auto intermediate = *c.ca.issue_ca("CN=Staff CA", KeyType::EcdsaP256, valid_from, valid_to);
  const Certificate leaf = *intermediate.issue(c.request, key().public_key());
  c.helpers = {intermediate.certificate()};
  c.rules.requires_crl = true;
  c.crls = {*intermediate.issue_crl({}, now - 24h, now + 24h)};
  EXPECT_EQ(c.verify(leaf).error().certificate, "CN=Staff CA");
  c.crls.push_back(*c.ca.issue_crl({}, now - 24h, now + 24h));
  EXPECT_TRUE(c.verify(leaf));
  c.crls.back() = *c.ca.issue_crl({{intermediate.certificate().serial(), now - 48h}}, now - 24h, now + 24h);
  EXPECT_EQ(c.verify(leaf).error().check, Check::Revoked);
}

TEST(Verifier, RefusesACrlThatSomeoneElseSigned) {
  Case c;
  const auto forger = CertificateAuthority::create("CN=Example CA", KeyType::EcdsaP256, valid_from, valid_to);
  c.crls = {*forger.issue_crl({}, now - 24h, now + 24h)};
  c.rules.requires_crl = true;
  EXPECT_EQ(c.verify().error().check, Check::Revocation);
}

// --- Rules on names and policies

TEST(Verifier, WantsOneAlternativeNameOfTheRightKindAndLook) {  // S51, S52
  Case c;
  c.request.names = {dns("vpn.example.org"), email("anna@Example.org"), ip("10.9.0.1")};
  for (const char* pattern : {"*.example.org", "VPN.*", "*@example.org", "10.9.*", "*"}) {
    c.rules.names = {"nothing.like.it", pattern};
    EXPECT_TRUE(c.verify()) << pattern;
  }
  for (const char* pattern : {"*.example.com", "vpn", "*@example.com", "10.8.*", "2001:db8:*"}) {
    c.rules.names = {pattern};
    ASSERT_FALSE(c.verify()) << pattern;
    EXPECT_EQ(c.verify().error().check, Check::AlternativeName);
  }
  c.request.names = {dns("vpn.example.org")};
  c.rules.names = {"*@example.org"};
  expect_refused(c, Check::AlternativeName,
                 "certificate CN=vpn, OU=staff, O=Example: its alternative names are vpn.example.org (expected: an "
                 "alternative name like *@example.org)");
}

TEST(Verifier, ADnsNameThatLooksLikeAnAddressIsNone) {
  Case c;
  c.request.names = {dns("vpn.example.org"), dns("anna@example.org")};
  c.rules.names = {"anna@example.org"};
  EXPECT_FALSE(c.verify());
}

TEST(Verifier, WantsEveryPolicyThatTheRulesName) {  // S52
  Case c;
  c.request.policies = {"1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2"};
  c.rules.policies = {"1.3.6.1.4.1.99999.2"};
  EXPECT_TRUE(c.verify());
  c.rules.policies.emplace_back("1.3.6.1.4.1.99999.3");
  expect_refused(c, Check::Policy,
                 "certificate CN=vpn, OU=staff, O=Example: its policies are 1.3.6.1.4.1.99999.1, 1.3.6.1.4.1.99999.2 "
                 "(expected: the certificate policy 1.3.6.1.4.1.99999.3)");
}

TEST(Verifier, APolicyOfACaThatMayNotAssertItIsWorthNothing) {  // RFC 5280 §6.1
  Case c;
  const auto intermediate = *c.ca.issue_ca("CN=Staff CA", KeyType::EcdsaP256, valid_from, valid_to);
  c.request.policies = c.rules.policies = {"1.3.6.1.4.1.99999.1"};
  c.helpers = {intermediate.certificate()};
  const auto refused = c.verify(*intermediate.issue(c.request, key().public_key()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().found, "its CA CN=Staff CA may not assert it");
  c.anchors = {intermediate.certificate()};  // Whom we trust ourselves needs no leave.
  EXPECT_TRUE(c.verify(*intermediate.issue(c.request, key().public_key())));
}

TEST(Verifier, RulesAreAllHeldAtOnce) {  // S52
  Case c;
  c.request.extended_key_usages = {"serverAuth", "ipsecIKE"};
  c.request.policies = c.rules.policies = {"1.3.6.1.4.1.99999.1"};
  c.rules.subject_fields = {{"OU", "staff"}, {"O", "Exam*"}, {"CN", "vpn"}};
  c.rules.names = {"*.example.org"};
  c.rules.extended_key_usages = {"1.3.6.1.5.5.7.3.17"};
  c.rules.issued_by = {c.ca.certificate().sha256_fingerprint()};
  EXPECT_TRUE(c.verify());
  c.rules.subject_fields.back().second = "gw";
  EXPECT_FALSE(c.verify());
}

TEST(Verifier, ExaminesEverythingAndSaysWhatFailed) {
  Case c;
  c.request.profile = Profile::Client;
  c.rules.subject_fields = {{"OU", "sales"}};
  const auto checks = Verifier{c.anchors, {}}.examine({c.issue()}, c.identity, c.rules, now);
  std::vector<Check> failed;
  for (const CertificateCheck& check : checks) {
    EXPECT_FALSE(check.fact.expected.empty());
    EXPECT_FALSE(check.fact.found.empty());
    if (!check.is_good) failed.push_back(check.fact.check);
  }
  EXPECT_EQ(failed, (std::vector{Check::ExtendedKeyUsage, Check::SubjectField}));
  ASSERT_NE(first_failed(checks), nullptr);
  EXPECT_EQ(first_failed(checks)->fact.check, Check::ExtendedKeyUsage);
}

TEST(ExtendedKeyUsage, IsReadByItsNamesAndDotted) {  // S53
  EXPECT_EQ(parse_extended_key_usage("id-kp-ipsecIKE"), "ipsecIKE");
  EXPECT_EQ(parse_extended_key_usage("ikeintermediate"), "iKEIntermediate");
  EXPECT_EQ(parse_extended_key_usage("serverAuth"), "serverAuth");
  EXPECT_EQ(parse_extended_key_usage("1.3.6.1.5.5.7.3.2"), "clientAuth");
  EXPECT_EQ(parse_extended_key_usage("1.3.6.1.4.1.99999.7"), "1.3.6.1.4.1.99999.7");
  EXPECT_FALSE(parse_extended_key_usage("server"));
  EXPECT_FALSE(parse_extended_key_usage("1.3.x"));
}

// --- Usages

TEST(Verifier, RefusesAClientCertificateAsAGateway) {
  Case c;
  c.request.profile = Profile::Client;
  expect_refused(c, Check::ExtendedKeyUsage,
                 "certificate CN=vpn, OU=staff, O=Example: its extended key usages are clientAuth (expected: one of "
                 "serverAuth, ipsecIKE, iKEIntermediate, anyExtendedKeyUsage for a gateway)");
  c.rules.purpose = Purpose::Client;
  EXPECT_TRUE(c.verify());
}

TEST(Verifier, TakesEveryUsageThatFitsTheRole) {
  for (const std::string_view usage : {"serverAuth", "ipsecIKE", "iKEIntermediate", "2.5.29.37.0"}) {
    Case c;
    c.request.extended_key_usages = {std::string{usage}};
    EXPECT_TRUE(c.verify()) << usage;
    c.rules.purpose = Purpose::Client;
    EXPECT_EQ(c.verify().has_value(), usage != "serverAuth") << usage;
  }
}

TEST(Verifier, WantsTheUsagesOfTheRules) {
  Case c;
  c.rules.extended_key_usages = {"serverAuth", "1.3.6.1.5.5.8.2.2"};
  EXPECT_TRUE(c.verify());
  c.rules.extended_key_usages = {"ipsecIKE"};
  expect_refused(c, Check::ExtendedKeyUsage,
                 "certificate CN=vpn, OU=staff, O=Example: its extended key usages are serverAuth, iKEIntermediate "
                 "(expected: the extended key usage ipsecIKE)");
}

TEST(Verifier, RefusesAKeyThatMustNotSign) {  // A CA's own certificate has keyCertSign and cRLSign only.
  Case c;
  c.identity = dn("CN=Example CA");
  const auto refused = c.verify(c.ca.certificate());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().check, Check::KeyUsage);
  EXPECT_EQ(refused.error().to_string(),
            "certificate CN=Example CA: its key usage allows neither of them "
            "(expected: digitalSignature or nonRepudiation)");
}

// --- Name constraints

TEST(Verifier, HoldsNameConstraints) {
  Case c;
  const auto limited =
      *c.ca.issue_ca("CN=Berlin CA", KeyType::EcdsaP256, valid_from, valid_to, -1, {"berlin.example.org"});
  c.helpers = {limited.certificate()};
  const auto refused = c.verify(*limited.issue(c.request, key().public_key()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().check, Check::NameConstraints);
  EXPECT_EQ(refused.error().to_string(),
            "certificate CN=vpn, OU=staff, O=Example: permitted subtree violation "
            "(expected: names that its CA's name constraints permit)");
  c.request.names = {dns("vpn.berlin.example.org")};
  c.identity = dns("vpn.berlin.example.org");
  EXPECT_TRUE(c.verify(*limited.issue(c.request, key().public_key())));
}

// --- Identity

TEST(Verifier, RefusesANameThatIsNotThere) {
  Case c;
  c.identity = dns("other.example.org");
  expect_refused(c, Check::Identity,
                 "certificate CN=vpn, OU=staff, O=Example: its names are vpn.example.org, CN=vpn, OU=staff, O=Example "
                 "(expected: the name other.example.org)");
  c.identity = email("vpn.example.org");  // The right text as another kind of name.
  EXPECT_EQ(c.verify().error().check, Check::Identity);
}

TEST(Verifier, DoesNotTakeTheCommonNameForAHost) {  // RFC 9525 §2
  Case c;
  c.request.subject = "CN=vpn.example.org";
  c.request.names = {};
  EXPECT_EQ(c.verify().error().check, Check::Identity);
}

TEST(Verifier, MatchesEveryKindOfName) {
  Case c;
  c.request.names = {dns("VPN.example.org"), email("Anna@Example.org"), ip("192.0.2.1"), ip("2001:db8::1"),
                     dn("CN=alias, O=Example")};
  const auto accepts = [&](const CertificateName& identity) {
    c.identity = identity;
    return c.verify().has_value();
  };
  EXPECT_TRUE(accepts(dns("vpn.EXAMPLE.org")));
  EXPECT_TRUE(accepts(email("Anna@example.ORG")));
  EXPECT_FALSE(accepts(email("anna@example.org")));
  EXPECT_FALSE(accepts(email("Anna")));
  EXPECT_TRUE(accepts(ip("192.0.2.1")));
  EXPECT_TRUE(accepts(ip("2001:db8::1")));
  EXPECT_FALSE(accepts(ip("192.0.2.2")));
  EXPECT_TRUE(accepts(dn("CN=VPN, OU=staff,  O=example")));  // RFC 5280 §7.1
  EXPECT_TRUE(accepts(dn("CN=alias, O=Example")));
  EXPECT_FALSE(accepts(dn("CN=vpn, O=Example")));
  EXPECT_FALSE(accepts({Kind::Dn, "3000ff"_hex}));
}

TEST(Verifier, TakesAWildcardForOneLabelOnly) {
  Case c;
  c.request.names = {dns("*.example.org"), dns("*.org"), dns("w*.example.net")};
  const auto accepts = [&](std::string_view host) {
    c.identity = dns(host);
    return c.verify().has_value();
  };
  EXPECT_TRUE(accepts("vpn.Example.org"));
  EXPECT_FALSE(accepts("a.vpn.example.org"));
  EXPECT_FALSE(accepts("example.org"));
  EXPECT_FALSE(accepts(".example.org"));
  EXPECT_FALSE(accepts("other.org"));
  EXPECT_FALSE(accepts("www.example.net"));
}

// --- Issuer and subject

TEST(Verifier, WantsTheCaOfTheRulesInTheChain) {
  Case c;
  const auto staff = *c.ca.issue_ca("CN=Staff CA", KeyType::EcdsaP256, valid_from, valid_to);
  c.helpers = {staff.certificate()};
  c.rules.issued_by = {staff.certificate().sha256_fingerprint()};
  EXPECT_TRUE(c.verify(*staff.issue(c.request, key().public_key())));
  expect_refused(
      c, Check::Issuer,
      "certificate CN=vpn, OU=staff, O=Example: issued by CN=Example CA (expected: issued by the CA with the "
      "fingerprint " +
          to_hex(c.rules.issued_by.front()) + ")");
  c.rules.issued_by.push_back(c.ca.certificate().sha256_fingerprint());
  EXPECT_TRUE(c.verify());
}

TEST(Verifier, WantsTheFieldsOfTheRules) {
  Case c;
  c.request.subject = "CN=vpn-7, OU=berlin, OU=staff, O=Example";
  c.rules.subject_fields = {{"OU", "staff"}, {"O", "Example"}, {"CN", "vpn-*"}};
  EXPECT_TRUE(c.verify());
  c.rules.subject_fields = {{"OU", "guests"}};
  expect_refused(c, Check::SubjectField,
                 "certificate CN=vpn-7, OU=berlin, OU=staff, O=Example: its OU is staff, berlin "
                 "(expected: OU=guests in the subject)");
  c.rules.subject_fields = {{"L", "*"}};
  EXPECT_EQ(c.verify().error().found, "its L is none");
  for (const auto& [pattern, fits] : std::vector<std::pair<std::string, bool>>{{"*", true},
                                                                               {"*7", true},
                                                                               {"v*n*7", true},
                                                                               {"vpn-7*", true},
                                                                               {"v*8", false},
                                                                               {"pn-7", false},
                                                                               {"", false}}) {
    c.rules.subject_fields = {{"CN", pattern}};
    EXPECT_EQ(c.verify().has_value(), fits) << pattern;
  }
}

}  // namespace
}  // namespace agilevpn::crypto
