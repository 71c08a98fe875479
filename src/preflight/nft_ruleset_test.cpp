#include "preflight/nft_ruleset.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "preflight/sample_ruleset.h"

namespace agilevpn::preflight {
namespace {

using Verdict = Fate::Verdict;

constexpr std::string_view accept_ike =
    R"({"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": {"set": [500, 4500]}}}, {"accept": null})";
constexpr std::string_view accept_lo =
    R"({"match": {"op": "==", "left": {"meta": {"key": "iif"}}, "right": "lo"}}, {"accept": null})";
constexpr std::string_view accept_established =
    R"({"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}, {"accept": null})";
constexpr std::string_view states =
    R"({"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["invalid", {"drop": null}], ["established", {"accept": null}]]}}})";
constexpr std::string_view accept_neighbours =
    R"({"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "10.0.0.0", "len": 8}}}}, {"accept": null})";

Verdict fate_of(const SampleRuleset& ruleset, std::uint16_t port = 500, Family family = Family::V4) {
  return follow(ruleset.text(), {.hook = "input", .family = family, .interface = {}, .udp_port = port}).value().verdict;
}
Verdict fate_of_clients(const SampleRuleset& ruleset) {
  return follow(ruleset.text(), {.hook = "forward", .interface = "vpn0", .udp_port = {}}).value().verdict;
}

TEST(NftRuleset, WithoutABaseChainEverythingComesIn) { EXPECT_EQ(fate_of(SampleRuleset{}), Verdict::Accepted); }

TEST(NftRuleset, APolicyThatDropsIsNamedWithItsChain) {
  const auto ruleset = SampleRuleset{}
                           .base_chain("input", "drop")
                           .rule("input", accept_lo)
                           .rule("input", accept_established)
                           .rule("input", states);
  const Fate fate = follow(ruleset.text(), {.hook = "input", .interface = {}, .udp_port = 500}).value();
  EXPECT_EQ(fate.verdict, Verdict::Dropped);
  EXPECT_EQ(fate.family + " " + fate.table + " " + fate.chain, "inet filter input");
}

TEST(NftRuleset, ARuleForThePortsOpensThem) {
  const auto ruleset = SampleRuleset{}.base_chain("input", "drop").rule("input", accept_ike);
  EXPECT_EQ(fate_of(ruleset, 500), Verdict::Accepted);
  EXPECT_EQ(fate_of(ruleset, 4500, Family::V6), Verdict::Accepted);
  EXPECT_EQ(fate_of(ruleset, 53), Verdict::Dropped);
}

TEST(NftRuleset, ANamedSetAndARangeHoldPorts) {
  const auto ruleset =
      SampleRuleset{}
          .base_chain("input", "drop")
          .set("ports", R"([500, {"range": [4400, 4600]}])")
          .rule(
              "input",
              R"({"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": "@ports"}}, {"accept": null})");
  EXPECT_EQ(fate_of(ruleset, 500), Verdict::Accepted);
  EXPECT_EQ(fate_of(ruleset, 4500), Verdict::Accepted);
  EXPECT_EQ(fate_of(ruleset, 4601), Verdict::Dropped);
}

TEST(NftRuleset, JumpsReturnAndGotosDoNot) {
  const auto jumping = SampleRuleset{}
                           .base_chain("input", "drop")
                           .chain("lan")
                           .rule("input", R"({"jump": {"target": "lan"}})")
                           .rule("input", accept_ike)
                           .rule("lan", R"({"return": null})");
  EXPECT_EQ(fate_of(jumping), Verdict::Accepted);
  const auto going = SampleRuleset{}
                         .base_chain("input", "drop")
                         .chain("lan")
                         .rule("input", R"({"goto": {"target": "lan"}})")
                         .rule("input", accept_ike);
  EXPECT_EQ(fate_of(going), Verdict::Dropped);
}

TEST(NftRuleset, AChainThatJumpsToItselfEnds) {
  const auto ruleset = SampleRuleset{}.base_chain("input", "drop").rule("input", R"({"jump": {"target": "input"}})");
  EXPECT_EQ(fate_of(ruleset), Verdict::Dropped);
}

TEST(NftRuleset, WhatNobodyCanJudgeIsUnclear) {
  EXPECT_EQ(fate_of(SampleRuleset{}.base_chain("input", "drop").rule("input", accept_neighbours)), Verdict::Unclear);
  EXPECT_EQ(fate_of(SampleRuleset{}
                        .base_chain("input", "drop")
                        .rule("input", R"({"xt": {"type": "match", "name": "multiport"}}, {"accept": null})")),
            Verdict::Unclear);
  EXPECT_EQ(fate_of(SampleRuleset{}
                        .base_chain("input", "accept")
                        .rule("input", R"({"limit": {"rate": 5, "per": "second"}}, {"drop": null})")),
            Verdict::Unclear);
}

TEST(NftRuleset, AnAcceptBeforeWhatIsUnclearDecides) {
  EXPECT_EQ(
      fate_of(SampleRuleset{}.base_chain("input", "accept").rule("input", accept_ike).rule("input", accept_neighbours)),
      Verdict::Accepted);
}

TEST(NftRuleset, TheWorstOfSeveralBaseChainsCounts) {
  const auto ruleset = SampleRuleset{}.base_chain("input", "accept").base_chain("input", "drop", "strict");
  EXPECT_EQ(follow(ruleset.text(), {.hook = "input", .interface = {}, .udp_port = 500}).value().chain, "strict");
}

TEST(NftRuleset, ARuleForTheTunnelForwardsItsClients) {
  EXPECT_EQ(fate_of_clients(SampleRuleset{}.base_chain("forward", "drop").rule("forward", accept_established)),
            Verdict::Dropped);
  EXPECT_EQ(
      fate_of_clients(
          SampleRuleset{}
              .base_chain("forward", "drop")
              .rule(
                  "forward",
                  R"({"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "vpn*"}}, {"accept": null})")),
      Verdict::Accepted);
}

TEST(NftRuleset, WhatIsNoRulesetIsRefused) {
  for (const char* text : {"", "{}", "[]", "{\"nftables\": ", "no"}) EXPECT_FALSE(follow(text, {})) << text;
  EXPECT_TRUE(follow(R"({"nftables": [1, "a", {"rule": 3}, {"chain": []}, {"rule": {"expr": [[], 4, {}]}}]})", {}));
}

}  // namespace
}  // namespace agilevpn::preflight
