#include "profiles/platform_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiles/sample_request.h"

namespace agilevpn::profiles {
namespace {

using crypto::CertificateName;
using crypto::CertificateRequest;
using crypto::KeyType;
using testing::Contains;
using testing::IsEmpty;

CertificateName dns(std::string_view name) { return {CertificateName::Kind::Dns, to_bytes(name)}; }
CertificateName ip(std::string_view text) {
  return {CertificateName::Kind::Ip, to_bytes(IpAddress::parse(text)->bytes())};
}

// What a careful CA issues; a test spoils one thing.
CertificateRequest good_request() {
  return {.profile = CertificateRequest::Profile::Gateway,
          .subject = "CN=vpn.example.org",
          .names = {dns("vpn.example.org")},
          .not_before = sample_time() - std::chrono::days{1},
          .not_after = sample_time() + std::chrono::days{700}};
}

std::vector<Finding> examine_request(const CertificateRequest& request, KeyType type = KeyType::Rsa,
                                     std::optional<std::string> dialled = {}) {
  const auto key = crypto::PrivateKey::generate(type);
  return examine({{sample_ca().issue(request, key.public_key()).value()}, {sample_ca().certificate()}}, dialled,
                 sample_time());
}

std::vector<std::string> refusing(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const System system : all_systems) {
    if (breaks(findings, system)) out.emplace_back(to_key(system));
  }
  return out;
}

std::vector<std::string> rules_of(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) out.push_back(finding.rule);
  return out;
}

using Words = std::vector<std::string>;
const Words everyone = {"windows7", "windows", "apple", "android", "strongswan"};

TEST(PlatformRules, AGoodCertificateIsTakenByEveryoneWithoutAWord) {
  EXPECT_THAT(rules_of(examine_request(good_request())), IsEmpty());
}

TEST(PlatformRules, AnEcdsaCertificateIsTakenWithAnAdviceForPhonesSetUpByHand) {
  for (const KeyType type : {KeyType::EcdsaP256, KeyType::EcdsaP384}) {
    EXPECT_EQ(rules_of(examine_request(good_request(), type)), Words{"key-by-hand"});
    EXPECT_THAT(refusing(examine_request(good_request(), type)), IsEmpty());
  }
}

TEST(PlatformRules, KeysThatWindowsRefuses) {
  EXPECT_EQ(refusing(examine_request(good_request(), KeyType::EcdsaP521)), (Words{"windows7", "windows"}));
  EXPECT_EQ(refusing(examine_request(good_request(), KeyType::Ed25519)),
            (Words{"windows7", "windows", "apple", "android"}));
}

TEST(PlatformRules, WithoutServerAuthNeitherWindowsNorAppleBelieveIt) {
  auto request = good_request();
  request.extended_key_usages = {"clientAuth"};
  const auto findings = examine_request(request);
  EXPECT_THAT(rules_of(findings), Contains("server-auth"));
  EXPECT_THAT(rules_of(findings), Contains("ike-intermediate"));
  EXPECT_TRUE(breaks(findings, System::Windows7));
  EXPECT_TRUE(breaks(findings, System::Apple));
}

TEST(PlatformRules, AnAddressMustStandWhereEachSystemLooks) {
  auto request = good_request();
  request.subject = "CN=gateway";
  request.names = {ip("203.0.113.10")};
  EXPECT_EQ(refusing(examine_request(request)), (Words{"windows7", "windows"}));
  request.names = {dns("203.0.113.10")};
  EXPECT_EQ(refusing(examine_request(request)), (Words{"apple", "android", "strongswan"}));
  request.names = {dns("203.0.113.10"), ip("203.0.113.10")};
  EXPECT_THAT(refusing(examine_request(request)), IsEmpty());
}

TEST(PlatformRules, ANameInTheCnAloneIsEnoughForWindowsOnly) {
  auto request = good_request();
  request.names = {};
  EXPECT_EQ(refusing(examine_request(request, KeyType::Rsa, "vpn.example.org")),
            (Words{"apple", "android", "strongswan"}));
}

TEST(PlatformRules, TheDialledNameMustBeThere) {
  EXPECT_EQ(refusing(examine_request(good_request(), KeyType::Rsa, "other.example.org")), everyone);
  EXPECT_THAT(refusing(examine_request(good_request(), KeyType::Rsa, "VPN.example.org")), IsEmpty());
}

TEST(PlatformRules, AppleTakes825DaysAtMost) {
  auto request = good_request();
  request.not_after = request.not_before + std::chrono::days{825};
  EXPECT_THAT(refusing(examine_request(request)), IsEmpty());
  request.not_after = request.not_before + std::chrono::days{826};
  EXPECT_EQ(refusing(examine_request(request)), Words{"apple"});
}

TEST(PlatformRules, OverAndNotYetValid) {
  auto request = good_request();
  request.not_after = sample_time() - std::chrono::hours{1};
  EXPECT_EQ(refusing(examine_request(request)), everyone);
  request = good_request();
  request.not_before = sample_time() + std::chrono::hours{1};
  EXPECT_EQ(refusing(examine_request(request)), everyone);
}

TEST(PlatformRules, AMissingIntermediateIsNamed) {
  const auto intermediate = sample_ca()
                                .issue_ca("CN=Intermediate", KeyType::EcdsaP256, sample_time() - std::chrono::days{1},
                                          sample_time() + std::chrono::days{900})
                                .value();
  const auto key = crypto::PrivateKey::generate(KeyType::Rsa);
  const auto own = intermediate.issue(good_request(), key.public_key()).value();
  const auto missing = examine({{own}, {sample_ca().certificate()}}, {}, sample_time());
  EXPECT_EQ(rules_of(missing), Words{"chain"});
  EXPECT_EQ(refusing(missing), everyone);
  EXPECT_THAT(refusing(examine({{own, intermediate.certificate()}, {sample_ca().certificate()}}, {}, sample_time())),
              IsEmpty());
  EXPECT_THAT(
      rules_of(examine({{own, sample_ca().certificate(), intermediate.certificate()}, {sample_ca().certificate()}}, {},
                       sample_time())),
      Contains("chain-order"));
}

TEST(PlatformRules, ACaOfTheSameNameDidNotIssueIt) {
  const auto stranger =
      crypto::CertificateAuthority::create("CN=Sample CA, O=Example", KeyType::EcdsaP256,
                                           sample_time() - std::chrono::days{1}, sample_time() + std::chrono::days{9});
  const auto key = crypto::PrivateKey::generate(KeyType::Rsa);
  const auto own = stranger.issue(good_request(), key.public_key()).value();
  EXPECT_EQ(refusing(examine({{own}, {sample_ca().certificate()}}, {}, sample_time())), everyone);
}

TEST(PlatformRules, ACaIsNoGateway) {
  const auto findings = examine({{sample_ca().certificate()}, {}}, {}, sample_time());
  EXPECT_THAT(rules_of(findings), Contains("ca-flag"));
  EXPECT_THAT(rules_of(findings), Contains("self-signed"));
  EXPECT_THAT(rules_of(findings), Contains("key-usage"));  // It signs certificates only.
}

TEST(PlatformRules, ALabelOf64CharactersIsTooLong) {
  auto request = good_request();
  request.names.push_back(dns(std::string(64, 'a') + ".example.org"));
  EXPECT_THAT(rules_of(examine_request(request)), Contains("name-length"));
}

}  // namespace
}  // namespace agilevpn::profiles
