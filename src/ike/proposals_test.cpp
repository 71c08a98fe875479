#include "ike/proposals.h"

#include <gtest/gtest.h>

#include "crypto/key_exchange.h"
#include "ike/limits.h"
#include "ike/narrowing.h"
#include "ike/policy.h"
#include "ike/typed_proposal.h"

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
  unknown.transforms.push_back({.type = wire::TransformType{13}, .id = 36});
  EXPECT_FALSE(choose({esp("aes128gcm16")}, {unknown}));
  unknown.transforms.push_back({.type = wire::TransformType{13}, .id = 0});
  EXPECT_TRUE(choose({esp("aes128gcm16")}, {unknown}));
}

// ---- Additional key exchanges (RFC 9370 §2.2.1)

std::string chosen(std::initializer_list<std::string_view> ours, std::string_view offered) {
  Proposals accepted;
  for (const std::string_view text : ours) accepted.push_back(ike(text));
  const auto proposal = choose(accepted, offer({ike(offered)}, {}));
  return proposal ? ike_suite(*proposal)->to_string() : "nothing";
}

TEST(AdditionalKeyExchanges, OneOfEachOfferedTypeIsChosenInOrder) {
  EXPECT_EQ(chosen({"aes256gcm16-prfsha384-x25519-ke1_ecp384-ke3_x448"},
                   "aes256gcm16-prfsha384-x25519-ke3_x448-ke1_ecp256-ke1_ecp384"),
            "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / X25519 + P-384 + X448");
  EXPECT_EQ(chosen({"aes256gcm16-prfsha384-x25519-ke1_ecp384"}, "aes256gcm16-prfsha384-x25519-ke2_ecp384"), "nothing");
  EXPECT_EQ(chosen({"aes256gcm16-prfsha384-x25519-ke1_ecp384"}, "aes256gcm16-prfsha384-x25519"), "nothing");
  EXPECT_EQ(chosen({"aes256gcm16-prfsha384-x25519"}, "aes256gcm16-prfsha384-x25519-ke1_ecp384"), "nothing");
}

TEST(AdditionalKeyExchanges, NoneMayBeChosenWhereBothAllowIt) {
  const std::string plain = "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / X25519";
  EXPECT_EQ(chosen({"aes256gcm16-prfsha384-x25519"}, "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_none"), plain);
  EXPECT_EQ(chosen({"aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_none"}, "aes256gcm16-prfsha384-x25519"), plain);
  EXPECT_EQ(
      chosen({"aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_none"}, "aes256gcm16-prfsha384-x25519-ke1_none-ke1_ecp384"),
      plain + " + P-384");
  EXPECT_EQ(
      chosen({"aes256gcm16-prfsha384-x25519-ke1_none-ke1_ecp384"}, "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_none"),
      plain);
}

TEST(AdditionalKeyExchanges, AreWantedMoreThanNoneWhereverTheyStandInTheOffer) {
  const Proposals offered =
      offer({ike("aes256gcm16-prfsha384-x25519"), ike("aes128gcm16-prfsha384-ecp256-ke1_ecp384")}, {});
  const auto proposal = choose({ike("aes256gcm16-aes128gcm16-prfsha384-x25519-ecp256-ke1_ecp384-ke1_none")}, offered);
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->number, 2);
}

TEST(AdditionalKeyExchanges, NoneIsSaidInTheAnswerWhereItWasOffered) {
  const auto proposal =
      choose({ike("aes256gcm16-prfsha384-x25519")}, {ike("aes256gcm16-prfsha384-x25519-ke5_ecp384-ke5_none")});
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->to_string(), "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / X25519 + NONE");
}

TEST(AdditionalKeyExchanges, NoMethodIsChosenTwice) {
  const std::string_view both = "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_x448-ke2_ecp384";
  EXPECT_EQ(chosen({both}, both), "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / X25519 + X448 + P-384")
      << "the first choice leaves nothing for the second";
  const std::string_view twice = "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke2_ecp384";
  EXPECT_EQ(chosen({twice}, twice), "nothing");
}

TEST(AdditionalKeyExchanges, AnAnswerWithAMethodTwiceOrWithoutOneIsNone) {
  const Proposals offered = offer({ike("aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_x448-ke2_ecp384-ke2_x448")}, {});
  const auto is_valid = [&](std::string_view answer) { return is_valid_answer(offered, {ike(answer)}); };
  EXPECT_TRUE(is_valid("aes256gcm16-prfsha384-x25519-ke1_x448-ke2_ecp384"));
  EXPECT_FALSE(is_valid("aes256gcm16-prfsha384-x25519-ke1_ecp384-ke2_ecp384"));
  EXPECT_FALSE(is_valid("aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_x448-ke2_ecp384"));
  EXPECT_FALSE(is_valid("aes256gcm16-prfsha384-x25519-ke1_ecp384"));
  EXPECT_FALSE(is_valid("aes256gcm16-prfsha384-x25519"));
  EXPECT_FALSE(is_valid("aes256gcm16-prfsha384-x25519-ke1_x448-ke2_ecp384-ke3_ecp256"));
}

TEST(AdditionalKeyExchanges, AreForPeersThatAnnounceIkeIntermediate) {
  const Proposals offered =
      offer({ike("aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_none"), ike("aes256gcm16-prfsha384-x25519")}, {});
  EXPECT_TRUE(has_additional_key_exchange(offered));
  ASSERT_EQ(without_additional_key_exchanges(offered).size(), 1u);
  EXPECT_EQ(without_additional_key_exchanges(offered).front().number, 2);
}

TEST(AdditionalKeyExchanges, AreTypedAsOtherProductsDo) {
  for (const std::string_view text :
       {"ke0_ecp384", "ke8_ecp384", "ke1_", "ke1_sha256", "ke1ecp384", "none", "ke1_ke2_ecp384"})
    EXPECT_FALSE(parse_ike_proposal("aes256gcm16-prfsha384-x25519-" + std::string{text})) << text;
  EXPECT_FALSE(parse_ike_proposal("aes256gcm16-prfsha384-ke1_ecp384")) << "no first key exchange";
  const auto ml_kem = parse_ike_proposal("aes256gcm16-prfsha384-x25519-ke1_mlkem768");
  if (crypto::KeyExchange::is_supported(crypto::KeyExchangeId::MlKem768)) {
    EXPECT_EQ(ml_kem->to_string(), "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / X25519 + ML-KEM-768");
    EXPECT_EQ(modern_policy().ike.front().transforms.back().id,
              static_cast<std::uint16_t>(crypto::KeyExchangeId::MlKem1024));
  } else {
    EXPECT_EQ(ml_kem.error().what,
              "proposal 'aes256gcm16-prfsha384-x25519-ke1_mlkem768': this machine's OpenSSL has no ML-KEM-768");
    EXPECT_FALSE(has_additional_key_exchange(modern_policy().ike));
  }
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
  EXPECT_EQ(parse_ike_proposal("aes256gcm16-prfsha384-ecp999").error().what,
            "proposal 'aes256gcm16-prfsha384-ecp999': 'ecp999' is not known");
  EXPECT_FALSE(parse_ike_proposal("aes256gcm16-ecp384")) << "no PRF";
  EXPECT_FALSE(parse_ike_proposal("aes256-sha256")) << "no key exchange";
  EXPECT_FALSE(parse_esp_proposal("aes256")) << "no integrity";
  EXPECT_FALSE(parse_esp_proposal("aes256gcm16-sha256")) << "integrity beside an AEAD";
  EXPECT_FALSE(parse_esp_proposal(""));
  EXPECT_FALSE(find_policy("modem"));
  EXPECT_TRUE(find_policy("compatible")->sha1_signatures);
}

// strongSwan's esp_proposals have a key exchange for PFS. Ours is the IKE SA's, so theirs may only say the same.
TEST(EspProposal, MayNameTheKeyExchangesOfTheIkeSaAndNoOthers) {
  const auto is_taken = [](std::string_view text, const Proposals& beside) {
    const auto proposal = parse_esp_proposal(text, beside);
    EXPECT_TRUE(!proposal || *proposal == esp("aes256gcm16")) << text;
    return proposal.has_value();
  };
  const Proposals one{ike("aes256gcm16-prfsha384-ecp384")};
  EXPECT_TRUE(is_taken("aes256gcm16", one));
  EXPECT_TRUE(is_taken("aes256gcm16-ecp384", one));
  EXPECT_FALSE(is_taken("aes256gcm16-x25519", one));
  EXPECT_FALSE(is_taken("aes256gcm16-x25519-ecp384", one));
  const Proposals two{one.front(), ike("aes256gcm16-prfsha384-x25519")};
  EXPECT_FALSE(is_taken("aes256gcm16-ecp384", two)) << "it may be X25519";
  EXPECT_TRUE(is_taken("aes256gcm16-x25519-ecp384", two));
  const Proposals with_additional{ike("aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_none")};
  EXPECT_TRUE(is_taken("aes256gcm16-x25519-ke1_ecp384", with_additional));
  EXPECT_FALSE(is_taken("aes256gcm16-x25519", with_additional));
  EXPECT_FALSE(is_taken("aes256gcm16-x25519-ke2_ecp384", with_additional));
  const auto refused = parse_esp_proposal("aes256gcm16-ecp384", two);
  EXPECT_EQ(refused.error().what,
            "ESP proposal 'aes256gcm16-ecp384': rekeys take the key exchange of the IKE SA, which may be another one");
}

TEST(Policy, EveryTypedWordIsOfferedAndDone) {
  for (const std::string_view text :
       {"aes192gcm16-prfaesxcbc-x448", "aes128ccm8-prfaescmac-ecp256bp", "aes256ccm16-prfsha1-ecp384bp",
        "aes192ctr-aesxcbc-modp6144", "aes256-aescmac-modp8192", "aes256gcm12-prfsha256-ecp512bp",
        "3des-sha1-modp1024"}) {
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
  EXPECT_EQ(legacy.front(),
            "the policy legacy-windows takes 3DES, which is weak: its small blocks repeat after some gigabytes");
}

TEST(Policy, SaysLoudlyThatNothingIsEncrypted) {
  const auto said = weaknesses({.name = "null-sha256", .ike = {}, .esp = {*parse_esp_proposal("null-sha256")}});
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said.front(),
            "the policy null-sha256 takes NULL, which encrypts nothing: everybody on the way reads the packets");
}

TEST(
    Policy,
    LegacyWindowsStillPrefersTheBestOfferedAlgorithms) {  // As an untouched Windows 10 lists them: each alone, 3DES first.
  Proposals offered;
  for (const std::string_view text : {"3des-sha1-modp1024", "aes256-sha1-modp1024", "3des-sha256-modp1024",
                                      "aes256-sha256-modp1024", "aes256-sha384-modp1024"})
    offered.push_back(*parse_ike_proposal(text));
  EXPECT_EQ(choose(legacy_windows_policy().ike, offered)->to_string(),
            "AES-CBC-256 / PRF-HMAC-SHA2-384 / HMAC-SHA2-384-192 / MODP-1024");
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
