#include "ike/proposals.h"

#include <gtest/gtest.h>

#include "ike/limits.h"
#include "ike/narrowing.h"
#include "ike/policy.h"

namespace agilevpn::ike {
namespace {

wire::Proposal ike(std::string_view text) { return *parse_ike_proposal(text); }
wire::Proposal esp(std::string_view text) { return *parse_esp_proposal(text); }

TEST(Choose, TheRespondersOrderCountsOverTheWholeOffer) {
  const Proposals ours{ike("aes256gcm16-prfsha384-ecp384"), ike("aes128-sha256-modp2048")};
  const Proposals offered = offer({ike("aes128-sha256-modp2048"), ike("aes256gcm16-prfsha384-ecp384")}, {});
  const auto chosen = choose(ours, offered);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->number, 2);
  EXPECT_EQ(ike_suite(*chosen)->to_string(), "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / P-384");
}

TEST(Choose, NothingFitsWhenOneTransformTypeDoesNot) {
  EXPECT_FALSE(choose({ike("aes256-sha256-modp2048")}, {ike("aes256-sha256-modp3072")}));
  EXPECT_FALSE(choose({ike("aes256-sha256-modp2048")}, {ike("aes128-sha256-modp2048")}));
  EXPECT_FALSE(choose({esp("aes128gcm16")}, {esp("aes128gcm16-esn")}));
}

TEST(Choose, AnAeadOutOfAMixedProposalTakesNoIntegrity) {
  wire::Proposal mixed = ike("aes256gcm16-prfsha256-x25519");
  mixed.transforms.push_back(wire::Transform::of(crypto::IntegrityId::HmacSha2_256_128));
  const auto chosen = choose({ike("aes256gcm16-prfsha256-x25519")}, {mixed});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(ike_suite(*chosen)->cipher.integrity, crypto::IntegrityId::None);
}

TEST(Choose, AnUnknownTransformTypeMustAllowNone) {
  wire::Proposal unknown = esp("aes128gcm16");
  unknown.transforms.push_back({.type = wire::TransformType{6}, .id = 36});
  EXPECT_FALSE(choose({esp("aes128gcm16")}, {unknown}));
  unknown.transforms.push_back({.type = wire::TransformType{6}, .id = 0});
  EXPECT_TRUE(choose({esp("aes128gcm16")}, {unknown}));
}

TEST(Answer, MustBeOneOfTheOfferWithOneTransformEach) {
  const Proposals offered = offer(modern_policy().ike, {});
  const auto chosen = choose(modern_policy().ike, offered);
  ASSERT_TRUE(chosen);
  EXPECT_TRUE(is_valid_answer(offered, {*chosen}));
  EXPECT_FALSE(is_valid_answer(offered, {}));
  EXPECT_FALSE(is_valid_answer(offered, offered));
  wire::Proposal weaker = *chosen;
  weaker.transforms.front() = wire::Transform::of(crypto::EncryptionId::TripleDes);
  EXPECT_FALSE(is_valid_answer(offered, {weaker}));
  wire::Proposal renumbered = *chosen;
  renumbered.number = 9;
  EXPECT_FALSE(is_valid_answer(offered, {renumbered}));
}

TEST(Policy, TypedProposalsNameTheWordThatIsNotKnown) {
  EXPECT_EQ(parse_ike_proposal("aes256gcm16-prfsha384-ecp999").error().what, "proposal 'aes256gcm16-prfsha384-ecp999': 'ecp999' is not known");
  EXPECT_FALSE(parse_ike_proposal("aes256gcm16-ecp384")) << "no PRF";
  EXPECT_FALSE(parse_ike_proposal("aes256-sha256")) << "no key exchange";
  EXPECT_FALSE(parse_esp_proposal("aes256")) << "no integrity";
  EXPECT_FALSE(parse_esp_proposal("aes256gcm16-sha256")) << "integrity beside an AEAD";
  EXPECT_FALSE(parse_esp_proposal(""));
  EXPECT_FALSE(find_policy("modem"));
  EXPECT_TRUE(find_policy("compatible")->sha1_signatures);
}

TEST(Policy, EveryTypedWordIsOfferedAndDone) {
  for (const std::string_view text :
       {"aes192gcm16-prfaesxcbc-x448", "aes128ccm8-prfaescmac-ecp256bp", "aes256ccm16-prfsha1-ecp384bp", "aes192ctr-aesxcbc-modp6144",
        "aes256-aescmac-modp8192", "aes256gcm12-prfsha256-ecp512bp", "3des-sha1-modp1024"}) {
    const auto proposal = parse_ike_proposal(text);
    ASSERT_TRUE(proposal) << proposal.error().to_string();
    const auto chosen = choose({*proposal}, offer({*proposal}, {}));
    ASSERT_TRUE(chosen) << text;
    EXPECT_TRUE(ike_suite(*chosen)) << text;
  }
}

TEST(Policy, SaysWhatIsWeakInIt) {
  EXPECT_TRUE(weaknesses(modern_policy()).empty());
  EXPECT_TRUE(weaknesses(compatible_policy()).empty());
  const auto legacy = weaknesses(*find_policy("legacy-windows"));
  ASSERT_EQ(legacy.size(), 2u);
  EXPECT_EQ(legacy.front(), "the policy legacy-windows takes 3DES, which is weak: its small blocks repeat after some gigabytes");
}

TEST(Policy, LegacyWindowsStillPrefersTheBestOfferedAlgorithms) {  // As an untouched Windows 10 lists them: each alone, 3DES first.
  Proposals offered;
  for (const std::string_view text : {"3des-sha1-modp1024", "aes256-sha1-modp1024", "3des-sha256-modp1024", "aes256-sha256-modp1024", "aes256-sha384-modp1024"})
    offered.push_back(*parse_ike_proposal(text));
  EXPECT_EQ(choose(legacy_windows_policy().ike, offered)->to_string(), "AES-CBC-256 / PRF-HMAC-SHA2-384 / HMAC-SHA2-384-192 / MODP-1024");
  EXPECT_FALSE(choose(compatible_policy().ike, offered));
}

TEST(Policy, ModernHasNothingWeak) {
  const Policy policy = modern_policy();
  EXPECT_FALSE(policy.sha1_signatures);
  for (const Proposals& proposals : {policy.ike, policy.esp})
    for (const wire::Proposal& proposal : proposals)
      for (const wire::Transform& transform : proposal.transforms) {
        EXPECT_NE(transform, wire::Transform::of(crypto::EncryptionId::TripleDes));
        EXPECT_NE(transform, wire::Transform::of(crypto::IntegrityId::HmacSha1_96));
        EXPECT_NE(transform, wire::Transform::of(crypto::KeyExchangeId::Modp1024));
      }
}

TrafficSelectors ts(std::initializer_list<std::string_view> prefixes) {
  TrafficSelectors selectors;
  for (const std::string_view prefix : prefixes) selectors.push_back(TrafficSelector::of(*IpPrefix::parse(prefix)));
  return selectors;
}

TEST(Narrowing, CutsDownToWhatIsAllowed) {  // RFC 7296 §2.9
  EXPECT_EQ(narrow(ts({"0.0.0.0/0", "::/0"}), ts({"10.0.0.0/8"})), ts({"10.0.0.0/8"}));
  EXPECT_EQ(narrow(ts({"10.1.0.0/16"}), ts({"10.0.0.0/8"})), ts({"10.1.0.0/16"}));
  EXPECT_TRUE(narrow(ts({"192.168.0.0/16"}), ts({"10.0.0.0/8"})).empty());
  EXPECT_EQ(narrow(ts({"10.0.0.0/8", "10.0.0.0/8"}), ts({"10.0.0.0/8"})), ts({"10.0.0.0/8"})) << "duplicates once";
  EXPECT_TRUE(is_narrowing(ts({"10.1.0.0/16"}), ts({"10.0.0.0/8"})));
  EXPECT_FALSE(is_narrowing(ts({"0.0.0.0/0"}), ts({"10.0.0.0/8"})));
  EXPECT_FALSE(is_narrowing({}, ts({"10.0.0.0/8"})));
}

TEST(Narrowing, MakesNoMoreSelectorsThanAPayloadHolds) {
  TrafficSelectors wanted;
  for (std::uint8_t i = 0; i < 255; ++i) wanted.push_back(TrafficSelector::of({IpAddress::v4(10, i, 0, 0), 16}));
  EXPECT_EQ(narrow(wanted, ts({"0.0.0.0/1", "10.0.0.0/9", "10.128.0.0/9"})).size(), limits::selectors_max);
}

TEST(Describe, LeavesOutWhatIsTooMuchToRead) {
  wire::Proposal endless = ike("aes256gcm16-prfsha384-x25519");
  endless.transforms.resize(255, endless.transforms.front());
  const auto lines = describe(Proposals(60, endless));
  EXPECT_EQ(lines.size(), 21u);
  EXPECT_EQ(lines.back(), "and 40 more");
  EXPECT_LT(lines.front().size(), 1000u);
}

}  // namespace
}  // namespace agilevpn::ike
