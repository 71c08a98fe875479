#include "gateway/firewall_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::string wrong(std::string_view text) {
  const auto rules = parse_firewall(text);
  return rules ? "no error" : rules.error().to_string();
}

TEST(FirewallRules, AreReadInTheirOrder) {
  const auto rules = parse_firewall(
      "# web\n\nallow to 10.20.0.0/16 tcp 80,443,8000-8080  # comment\r\n"
      "\tdeny from fd20::5\nallow to any icmp\nallow to 10.0.0.1 any");
  ASSERT_TRUE(rules);
  using Rule = FirewallRule;
  EXPECT_THAT(*rules,
              ElementsAre(Rule{true,
                               Rule::Direction::To,
                               IpPrefix::parse("10.20.0.0/16"),
                               Rule::Protocol::Tcp,
                               {{80, 80}, {443, 443}, {8000, 8080}}},
                          Rule{false, Rule::Direction::From, IpPrefix::parse("fd20::5/128"), Rule::Protocol::Any, {}},
                          Rule{true, Rule::Direction::To, {}, Rule::Protocol::Icmp, {}},
                          Rule{true, Rule::Direction::To, IpPrefix::parse("10.0.0.1/32"), Rule::Protocol::Any, {}}));
}

TEST(FirewallRules, OfAnEmptyFileAreNone) {
  EXPECT_THAT(*parse_firewall(""), IsEmpty());
  EXPECT_THAT(*parse_firewall("# nothing\n\n"), IsEmpty());
}

TEST(FirewallRules, AMistakeIsSaidWithItsLine) {
  EXPECT_THAT(wrong("allow to any\nalow to any"), StartsWith("line 2: 'alow' is no allow or deny (as in:"));
  EXPECT_THAT(wrong("allow 10.0.0.0/8 tcp 22"), StartsWith("line 1: '10.0.0.0/8' is no to or from"));
  EXPECT_THAT(wrong("allow to 10.0.0.0/33"), StartsWith("line 1: '10.0.0.0/33' is no network"));
  EXPECT_THAT(wrong("\n\nallow to any tpc 22"), StartsWith("line 3: 'tpc' is no protocol"));
  EXPECT_THAT(wrong("allow to any icmp 8"), StartsWith("line 1: only tcp and udp have ports"));
  EXPECT_THAT(wrong("allow to any tcp 22 23"), StartsWith("line 1: a rule has three to five words"));
  for (const char* ports : {"0", "65536", "http", "22,", "22-", "23-22", "-22", "22,,23"})
    EXPECT_THAT(wrong(std::string("allow to any tcp ") + ports), StartsWith("line 1: '")) << ports;
}

// Who may write rules must not be able to write anything else into the host's firewall.
TEST(FirewallRules, NothingOfAFirewallsOwnLanguagePasses) {
  for (const char* line :
       {"allow to any; flush ruleset", "accept", "allow to any } chain x { type filter hook input priority 0",
        "allow to any tcp { 22 }", "allow to any tcp 22 accept", "allow to 10.0.0.0/8;accept"})
    EXPECT_NE(wrong(line), "no error") << line;
}

TEST(FirewallRules, AreBounded) {
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "allow to any\n";
  EXPECT_THAT(wrong(many), StartsWith("line 1001: a group has at most"));
}

}  // namespace
}  // namespace agilevpn::gateway
