#include "mobility/candidate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mobility/test_host.h"

namespace agilevpn::mobility {
namespace {

using testing::ElementsAre;

const std::vector<std::string> by_type = {"ethernet", "wifi", "mobile"};

std::vector<std::string> ways(const TestHost& host, const std::vector<std::string>& gateways,
                              const std::vector<std::string>& prefer = by_type, std::optional<Path> in_use = {}) {
  std::vector<std::string> found;
  for (const Candidate& way : find_candidates(host.network(), addresses(gateways), prefer, in_use))
    found.push_back(way.link + " " + way.path.local.address.to_string() + " " + way.path.peer.address.to_string());
  return found;
}

TEST(Candidates, AreOneForEachLinkAndGatewayAddressOfAFamilyThatBothHave) {
  TestHost host;
  host.add("eth0", LinkType::Ethernet, {"10.0.1.2/24", "2001:db8:1::2/64"})
      .add("wlan0", LinkType::Wifi, {"172.16.1.2/24"});
  EXPECT_THAT(
      ways(host, {"2001:db8:9::1", "203.0.113.1"}),
      ElementsAre("eth0 2001:db8:1::2 2001:db8:9::1", "eth0 10.0.1.2 203.0.113.1", "wlan0 172.16.1.2 203.0.113.1"));
}

TEST(Candidates, NeedACarrierAnAddressAndARoute) {
  TestHost host;
  host.add("eth0", LinkType::Ethernet, {"10.0.1.2/24"});
  EXPECT_THAT(ways(host, {"203.0.113.1"}), testing::SizeIs(1));
  host.link("eth0").has_carrier = false;
  EXPECT_THAT(ways(host, {"203.0.113.1"}), testing::IsEmpty());
  host.link("eth0").has_carrier = true;
  host.link("eth0").routes.pop_back();  // The default route; what is on the link is still reached.
  EXPECT_THAT(ways(host, {"203.0.113.1"}), testing::IsEmpty());
  EXPECT_THAT(ways(host, {"10.0.1.1"}), testing::SizeIs(1));
  host.link("eth0").addresses.clear();
  EXPECT_THAT(ways(host, {"10.0.1.1"}), testing::IsEmpty());
}

TEST(Candidates, FollowTheUsersOrderByNameOrTypeThenMeteringThenMetric) {
  TestHost host;
  host.add("eth0", LinkType::Ethernet, {"10.0.1.2/24"}, 200)
      .add("eth1", LinkType::Ethernet, {"10.0.2.2/24"}, 100)
      .add("wlan0", LinkType::Wifi, {"10.0.3.2/24"}, 50)
      .add("veth9", LinkType::Other, {"10.0.4.2/24"}, 1);
  const auto links = [&](const std::vector<std::string>& prefer) {
    std::vector<std::string> names;
    for (const auto& way : find_candidates(host.network(), addresses({"203.0.113.1"}), prefer, {}))
      names.push_back(way.link);
    return names;
  };
  EXPECT_THAT(links({"ethernet", "wifi"}), ElementsAre("eth1", "eth0", "wlan0", "veth9"));
  EXPECT_THAT(links({"wlan0", "eth0"}), ElementsAre("wlan0", "eth0", "veth9", "eth1"));
  EXPECT_THAT(links({}), ElementsAre("veth9", "wlan0", "eth1", "eth0"));
  host.link("eth1").is_metered = true;
  EXPECT_THAT(links({"ethernet", "wifi"}), ElementsAre("eth0", "eth1", "wlan0", "veth9"));
}

TEST(Candidates, OverOneLinkKeepTheGatewayAddressThenTheFamilyInUse) {
  TestHost host;
  host.add("eth0", LinkType::Ethernet, {"10.0.1.2/24", "2001:db8:1::2/64"});
  const std::vector<std::string> gateways = {"2001:db8:9::1", "203.0.113.1", "203.0.113.2"};
  const Path in_use = host.path("eth0", "10.0.1.9", "203.0.113.2");
  EXPECT_THAT(
      ways(host, gateways, by_type, in_use),
      ElementsAre("eth0 10.0.1.2 203.0.113.2", "eth0 10.0.1.2 203.0.113.1", "eth0 2001:db8:1::2 2001:db8:9::1"));
}

TEST(Candidates, HoldThePathInUseUnchangedWhileItsAddressIsGood) {
  TestHost host;
  host.add("eth0", LinkType::Ethernet, {"10.0.1.2/24", "10.0.1.3/24"});
  Path in_use = host.path("eth0", "10.0.1.3", "203.0.113.1");
  in_use.local.port = in_use.peer.port = 500;
  const auto found = find_candidates(host.network(), addresses({"203.0.113.1"}), by_type, in_use);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().path, in_use);
}

TEST(SourceAddress, IsNeitherTentativeNorLinkLocalNorDeprecatedIfThereIsAnother) {  // RFC 6724 §5
  TestHost host;
  host.add("eth0", LinkType::Ethernet, {"fe80::2/64", "2001:db8:1::2/64", "2001:db8:1::3/64", "2001:db8:1::4/64"});
  host.address("eth0", "2001:db8:1::2").is_tentative = true;
  host.address("eth0", "2001:db8:1::3").is_deprecated = true;
  EXPECT_THAT(ways(host, {"2001:db8:9::1"}), ElementsAre("eth0 2001:db8:1::4 2001:db8:9::1"));
  host.address("eth0", "2001:db8:1::4").is_tentative = true;
  EXPECT_THAT(ways(host, {"2001:db8:9::1"}), ElementsAre("eth0 2001:db8:1::3 2001:db8:9::1"));
}

TEST(SourceAddress, IsTheRoutesOwnThenTheOneNearestToTheGateway) {
  TestHost host;
  host.add("eth0", LinkType::Ethernet, {"10.0.1.2/24", "203.0.113.77/24"});
  EXPECT_THAT(ways(host, {"203.0.113.1"}), ElementsAre("eth0 203.0.113.77 203.0.113.1"));
  for (LinkRoute& route : host.link("eth0").routes) route.source_hint = IpAddress::v4(10, 0, 1, 2);
  EXPECT_THAT(ways(host, {"203.0.113.1"}), ElementsAre("eth0 10.0.1.2 203.0.113.1"));
}

TEST(WhyUnusable, NamesTheLinkTheCarrierTheAddressOrTheRoute) {
  TestHost host;
  host.add("eth0", LinkType::Ethernet, {"10.0.1.2/24"});
  const Path path = host.path("eth0", "10.0.1.2", "203.0.113.1");
  EXPECT_EQ(why_unusable(host.network(), path), "");
  host.link("eth0").routes.clear();
  EXPECT_EQ(why_unusable(host.network(), path), "eth0 has no route to 203.0.113.1");
  host.link("eth0").addresses.clear();
  EXPECT_EQ(why_unusable(host.network(), path), "10.0.1.2 is gone from eth0");
  host.link("eth0").has_carrier = false;
  EXPECT_EQ(why_unusable(host.network(), path), "eth0 has no carrier");
  host.link("eth0").is_up = false;
  EXPECT_EQ(why_unusable(host.network(), path), "eth0 is down");
  EXPECT_EQ(why_unusable({}, path), "its link is gone");
}

}  // namespace
}  // namespace agilevpn::mobility
