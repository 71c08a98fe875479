#include "profiles/suite.h"

#include <gtest/gtest.h>

#include "ike/typed_proposal.h"
#include "profiles/windows_suite.h"

namespace agilevpn::profiles {
namespace {

using crypto::EncryptionId;
using crypto::KeyExchangeId;

ike::Policy typed(std::string_view ike, std::string_view esp) {
  return {
      .name = "typed", .ike = {ike::parse_ike_proposal(ike).value()}, .esp = {ike::parse_esp_proposal(esp).value()}};
}

// Whether some proposal has every transform of this one: what a responder looks for.
bool is_within(const ike::wire::Proposal& part, const std::vector<ike::wire::Proposal>& policy) {
  return std::ranges::any_of(policy, [&](const auto& proposal) {
    return std::ranges::all_of(part.transforms, [&](const auto& t) {
      return std::ranges::find(proposal.transforms, t) != proposal.transforms.end();
    });
  });
}

TEST(Suite, WhatIsWrittenIsWhatThePolicyAccepts) {
  const ike::Policy policy = ike::compatible_policy();
  for (const Platform platform :
       {Platform::Windows, Platform::Windows7, Platform::Apple, Platform::Android, Platform::StrongSwan}) {
    const auto suite = choose_suite(policy, platform);
    ASSERT_TRUE(suite) << to_string(platform);
    EXPECT_TRUE(is_within(ike::parse_ike_proposal(ike_proposal(*suite)).value(), policy.ike)) << ike_proposal(*suite);
    EXPECT_TRUE(is_within(ike::parse_esp_proposal(esp_proposal(*suite)).value(), policy.esp)) << esp_proposal(*suite);
  }
}

TEST(Suite, EachPlatformGetsItsBest) {
  const ike::Policy policy = ike::modern_policy();
  const auto apple = choose_suite(policy, Platform::Apple);
  EXPECT_EQ(ike_proposal(*apple), "aes256gcm16-prfsha256-ecp256");
  EXPECT_EQ(ike_proposal(*choose_suite(policy, Platform::StrongSwan)), "aes256gcm16-prfsha256-x25519");
  const WindowsSuite windows = windows_suite(*choose_suite(policy, Platform::Windows), true);
  EXPECT_EQ(windows.cipher_transform, "GCMAES256");
  EXPECT_EQ(windows.authentication_transform, "GCMAES256");
  EXPECT_EQ(windows.dh_group, "ECP384");
  EXPECT_EQ(windows.pfs_group, "ECP384");
  EXPECT_EQ(windows.encryption, "AES256");
  EXPECT_EQ(windows.integrity_check, "SHA384");
}

TEST(Suite, APolicyOfOneProposalIsFollowed) {
  const auto chacha = typed("chacha20poly1305-prfsha256-x25519", "chacha20poly1305");
  EXPECT_EQ(choose_suite(chacha, Platform::StrongSwan)->esp.encryption, EncryptionId::ChaCha20Poly1305);
  EXPECT_EQ(choose_suite(chacha, Platform::Apple)->method, KeyExchangeId::Curve25519);
  const auto refused = choose_suite(chacha, Platform::Windows);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("Windows 8.1 to 11"), std::string::npos);

  const auto old = typed("aes256-sha256-modp2048", "aes256-sha256");
  const WindowsSuite windows = windows_suite(*choose_suite(old, Platform::Windows), true);
  EXPECT_EQ(windows.dh_group, "Group14");
  EXPECT_EQ(windows.pfs_group, "PFS2048");
  EXPECT_EQ(windows.authentication_transform, "SHA256128");
}

TEST(Suite, WithoutPfsWindowsOffersNoGroupAtRekeys) {
  EXPECT_EQ(windows_suite(*choose_suite(ike::modern_policy(), Platform::Windows), false).pfs_group, "None");
}

TEST(Suite, APolicyOfExtendedSequenceNumbersOnlySuitsNoDevice) {
  EXPECT_FALSE(choose_suite(typed("aes256gcm16-prfsha256-x25519", "aes256gcm16-esn"), Platform::StrongSwan));
}

TEST(Suite, Windows7NeedsHmacSha1InEsp) {
  const auto refused = choose_suite(ike::modern_policy(), Platform::Windows7);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().help.find("compatible"), std::string::npos);
  EXPECT_EQ(esp_proposal(*choose_suite(ike::compatible_policy(), Platform::Windows7)), "aes256-sha1");
}

}  // namespace
}  // namespace agilevpn::profiles
