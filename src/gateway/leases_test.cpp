#include "gateway/leases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct LeasesTest : testing::Test {
  Leases leases{{{"small", *IpPrefix::parse("10.66.0.0/30"), {}},
                 {"big", *IpPrefix::parse("10.77.0.0/24"), {}},
                 {"v6", *IpPrefix::parse("fd66::/64"), {}}}};
  ConnectionRule rule{.name = "staff", .routes = {*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("10.0.0.0/8")}};

  Result<ike::Lease, Lack> assign(std::uint64_t session, bool v4 = true, bool v6 = true) {
    return leases.assign(
        {.ike_sa = {session}, .peer = ike::wire::Identity::parse("anna"), .wants_ipv4 = v4, .wants_ipv6 = v6}, rule,
        "anna");
  }
};

TEST_F(LeasesTest, APeerGetsTheFamiliesThatItWantsAndTheRuleHas) {
  rule.pools = {"big", "v6"};
  const auto both = assign(1);
  EXPECT_EQ(both->ipv4, IpAddress::v4(10, 77, 0, 1));
  EXPECT_EQ(both->ipv6, IpPrefix::parse("fd66::1/128"));
  EXPECT_FALSE(assign(2, true, false)->ipv6);
  rule.pools = {"big"};
  EXPECT_FALSE(assign(3)->ipv6);
  EXPECT_THAT(assign(4, false, true).error().why, HasSubstr("group staff has no pool"));
}

TEST_F(LeasesTest, WhatWindowsAsksForIsTheGatewaysOwnAddressOfEachFamilyThatItGets) {
  const IpAddress own_v4 = IpAddress::v4(10, 88, 0, 1), own_v6 = *IpAddress::parse("fd88::1");
  Leases own{{{"v4", *IpPrefix::parse("10.88.0.0/24"), {own_v4}}, {"v6", *IpPrefix::parse("fd88::/64"), {own_v6}}}};
  rule.pools = {"v4", "v6"};
  rule.nbns = {IpAddress::v4(10, 88, 0, 2)};
  ike::AssignAddresses question{
      .ike_sa = {1}, .peer = ike::wire::Identity::parse("anna"), .wants_ipv4 = true, .wants_ipv6 = true};
  EXPECT_THAT(own.assign(question, rule, "anna")->servers, IsEmpty()) << "only whoever asks is told";
  EXPECT_THAT(own.assign(question, rule, "anna")->nbns, IsEmpty());
  question.wants_servers = question.wants_nbns = true;
  EXPECT_THAT(own.assign(question, rule, "anna")->servers, ElementsAre(own_v4, own_v6));
  EXPECT_THAT(own.assign(question, rule, "anna")->nbns, ElementsAre(IpAddress::v4(10, 88, 0, 2)));
  question.wants_ipv6 = false;
  EXPECT_THAT(own.assign(question, rule, "anna")->servers, ElementsAre(own_v4));
}

TEST_F(LeasesTest, OfSeveralPoolsWindowsIsToldTheGatewaysAddressInThePoolThatItsOwnIsOf) {
  const IpAddress own_staff = IpAddress::v4(10, 88, 0, 1), own_guests = IpAddress::v4(10, 99, 0, 1);
  Leases own{{{"guests", *IpPrefix::parse("10.99.0.0/24"), {own_guests}},
              {"staff", *IpPrefix::parse("10.88.0.0/30"), {own_staff}}}};
  rule.pools = {"staff", "guests"};
  const auto servers = [&](std::uint64_t session) {
    const ike::AssignAddresses question{.ike_sa = {session}, .wants_ipv4 = true, .wants_servers = true};
    return own.assign(question, rule, std::to_string(session))->servers;
  };
  EXPECT_THAT(servers(1), ElementsAre(own_staff));
  EXPECT_THAT(servers(2), ElementsAre(own_guests)) << "the other pool is full";
  rule.framed_ipv4 = IpAddress::v4(10, 99, 0, 77);
  EXPECT_THAT(servers(3), ElementsAre(own_guests));
  rule.framed_ipv4 = IpAddress::v4(192, 0, 2, 77);
  EXPECT_THAT(servers(4), ElementsAre(own_staff)) << "its address is of no pool, and this is its rule's first";
  rule.pools.clear();
  EXPECT_THAT(servers(4), IsEmpty());
}

TEST_F(LeasesTest, AFramedAddressIsGivenWhateverThePoolsHave) {
  rule.pools = {"big"};
  rule.framed_ipv4 = IpAddress::v4(10, 77, 0, 9);
  EXPECT_EQ(assign(1, true, false)->ipv4, rule.framed_ipv4);
  EXPECT_THAT(assign(2, true, false).error().why, HasSubstr("another session has it"));
  EXPECT_EQ(assign(2, true, false).error().cause, Refusal::AddressNotFree) << "a larger pool would not help";
  leases.release({1});
  EXPECT_EQ(assign(2, true, false)->ipv4, rule.framed_ipv4);
  rule.framed_ipv4 = IpAddress::v4(192, 0, 2, 77);
  EXPECT_EQ(assign(3, true, false)->ipv4, rule.framed_ipv4) << "of no pool at all";
  leases.release({3});
}

TEST_F(LeasesTest, AFramedAddressThatSomebodyHadAndGaveBackIsFree) {
  leases.restore({"big", IpAddress::v4(10, 77, 0, 9)}, "bob");
  rule.framed_ipv4 = IpAddress::v4(10, 77, 0, 9);
  EXPECT_EQ(assign(1, true, false)->ipv4, rule.framed_ipv4);
  leases.release({1});
  rule.framed_ipv4.reset();
  rule.pools = {"big"};
  EXPECT_EQ(assign(2, true, false)->ipv4, IpAddress::v4(10, 77, 0, 9)) << "it is anna's now";
}

TEST_F(LeasesTest, AFramedAddressThatIsOurOwnIsGivenToNobodyThoughThePoolBeExhausted) {
  const IpAddress own_v4 = IpAddress::v4(10, 88, 0, 1);
  Leases own{{{"tiny", *IpPrefix::parse("10.88.0.0/30"), {own_v4}}}};
  rule.pools = {"tiny"};
  const auto assign_own = [&](std::uint64_t session) {
    return own.assign({.ike_sa = {session}, .wants_ipv4 = true}, rule, "anna");
  };
  ASSERT_TRUE(assign_own(1));
  ASSERT_FALSE(assign_own(2));
  rule.framed_ipv4 = own_v4;
  const auto refused = assign_own(3);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().why, HasSubstr("no client can have it"));
}

TEST_F(LeasesTest, AFramedAddressIsNotLeasedToSomebodyElse) {
  rule.pools = {"small"};
  ConnectionRule framed = rule;
  framed.framed_ipv4 = IpAddress::v4(10, 66, 0, 1);
  EXPECT_TRUE(
      leases.assign({.ike_sa = {1}, .peer = ike::wire::Identity::parse("bob"), .wants_ipv4 = true}, framed, "bob"));
  EXPECT_EQ(assign(2, true, false)->ipv4, IpAddress::v4(10, 66, 0, 2));
  EXPECT_THAT(assign(3, true, false).error().why, HasSubstr("exhausted"));
}

TEST_F(LeasesTest, SubnetsAreTheRoutesThatAreNotEverything) {
  rule.pools = {"big"};
  EXPECT_THAT(assign(1)->subnets, ElementsAre(*IpPrefix::parse("10.0.0.0/8")));
}

TEST_F(LeasesTest, TheNextPoolServesWhenOneIsExhaustedAndTheLastOneSaysSo) {
  rule.pools = {"small", "big"};
  EXPECT_EQ(assign(1)->ipv4, IpAddress::v4(10, 66, 0, 1));
  EXPECT_EQ(assign(2)->ipv4, IpAddress::v4(10, 66, 0, 2));
  EXPECT_EQ(assign(3)->ipv4, IpAddress::v4(10, 77, 0, 1));
  rule.pools = {"small"};
  EXPECT_EQ(assign(4).error().why, "pool small (10.66.0.0/30) is exhausted: all 2 addresses are leased");
  leases.release({1});
  EXPECT_EQ(assign(4)->ipv4, IpAddress::v4(10, 66, 0, 1));
}

TEST_F(LeasesTest, APoolThatSomebodyWasRefusedAnAddressOfIsWarnedOfUntilOneIsFree) {
  rule.pools = {"small"};
  assign(1, true, false), assign(2, true, false);
  EXPECT_THAT(leases.warnings(), IsEmpty());
  EXPECT_FALSE(assign(3, true, false));
  EXPECT_THAT(leases.warnings(), ElementsAre("pool small (10.66.0.0/30) is exhausted: all 2 addresses are leased"));
  EXPECT_THAT(leases.release({1}), SizeIs(1));
  EXPECT_THAT(leases.warnings(), IsEmpty());
}

TEST_F(LeasesTest, WhatIsRestoredIsItsOwnersAndTheOldestIsTheFirstToGo) {
  rule.pools = {"small"};
  leases.restore({"small", IpAddress::v4(10, 66, 0, 2)}, "bob");
  leases.restore({"small", IpAddress::v4(10, 66, 0, 1)}, "anna");
  leases.restore({"small", IpAddress::v4(10, 99, 0, 1)}, "anna");  // The pool was another one then.
  leases.restore({"gone", IpAddress::v4(10, 66, 0, 1)}, "anna");
  EXPECT_EQ(assign(1, true, false)->ipv4, IpAddress::v4(10, 66, 0, 1));
  leases.release({1});
  EXPECT_EQ(leases.assign({.ike_sa = {2}, .wants_ipv4 = true}, rule, "carl")->ipv4, IpAddress::v4(10, 66, 0, 2))
      << "bob's: longer ago";
}

TEST_F(LeasesTest, WhatTwoSessionsHoldIsGivenBackWithTheSecond) {
  rule.pools = {"small"};
  assign(1, true, false);
  const auto had = leases.of({1});
  leases.release({1});
  EXPECT_EQ(assign(2, true, false)->ipv4, IpAddress::v4(10, 66, 0, 1));
  leases.hold({1}, "anna", had);
  EXPECT_THAT(leases.release({2}), IsEmpty());
  EXPECT_EQ(assign(3, true, false)->ipv4, IpAddress::v4(10, 66, 0, 2));
  EXPECT_THAT(leases.release({1}), SizeIs(1));
  EXPECT_EQ(assign(4, true, false)->ipv4, IpAddress::v4(10, 66, 0, 1));
}

TEST_F(LeasesTest, WhoWantsNoAddressGetsNone) {
  rule.pools = {"big"};
  const auto lease = assign(1, false, false);
  ASSERT_TRUE(lease);
  EXPECT_FALSE(lease->ipv4 || lease->ipv6);
}

TEST_F(LeasesTest, AFailedAssignmentHoldsNothing) {
  rule.pools = {"v6", "small"};
  assign(1);
  assign(2);
  EXPECT_FALSE(assign(3));
  EXPECT_FALSE(leases.holds({3}, *IpAddress::parse("fd66::3")));
}

}  // namespace
}  // namespace agilevpn::gateway
