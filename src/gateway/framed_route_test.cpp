#include "gateway/framed_route.h"

#include <gmock/gmock.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// 10.66.0.0/24 is the pool, 10.66.0.254 the gateway in it; staff reaches 10.20.0.0/16 and 10.77.0.0/16, on this side.
class FramedRoute : public testing::Test {
 protected:
  FramedRoute() {
    config_.pools = {{"ipv4", *IpPrefix::parse("10.66.0.0/24"), {IpAddress::v4(10, 66, 0, 254)}}};
    config_.client_networks = {*IpPrefix::parse("10.0.0.0/9"), *IpPrefix::parse("10.77.7.0/24"),
                               *IpPrefix::parse("fd77::/32")};
    config_.rules.push_back(
        {.name = "staff", .routes = {*IpPrefix::parse("10.20.0.0/16"), *IpPrefix::parse("10.77.0.0/16")}});
    config_.rules.push_back({.name = "default"});
  }

  Result<SortedRoutes, std::string> sort(const std::vector<std::string>& routes) const {
    radius::Grant granted;
    granted.framed_ip = IpAddress::v4(10, 66, 0, 7);
    for (const std::string& text : routes)
      granted.routes.push_back(*radius::parse_route(text, text.find(':') == text.npos ? Family::V4 : Family::V6));
    return sort_routes(config_, granted);
  }
  std::string refusal(const std::string& route) const {
    const auto sorted = sort({route});
    return sorted ? "granted" : sorted.error();
  }

  Config config_;
};

TEST_F(FramedRoute, TheGatewayThatItNamesSaysOnWhichSideItsNetworkStands) {
  const auto sorted = sort({"10.30.0.0/16", "10.31.0.0/16 10.66.0.254 1", "10.1.0.0/16 0.0.0.0 1",
                            "10.2.0.0/16 10.66.0.7 5", "fd77:0:1::/48 :: 1"});
  ASSERT_TRUE(sorted) << sorted.error();
  EXPECT_THAT(sorted->reachable, ElementsAre(*IpPrefix::parse("10.30.0.0/16"), *IpPrefix::parse("10.31.0.0/16")));
  EXPECT_THAT(sorted->behind, ElementsAre(*IpPrefix::parse("10.1.0.0/16"), *IpPrefix::parse("10.2.0.0/16"),
                                          *IpPrefix::parse("fd77:0:1::/48")));
}

TEST_F(FramedRoute, OfNobodyKnownItIsRefused) {
  EXPECT_THAT(refusal("10.1.0.0/16 10.1.0.1 1"),
              HasSubstr("10.1.0.1 is neither the client (0.0.0.0 says that) nor this gateway"));
}

TEST_F(FramedRoute, TheDefaultRouteStandsBehindNobody) {
  EXPECT_THAT(refusal("0.0.0.0/0 0.0.0.0 1"), HasSubstr("every network there is"));
  EXPECT_THAT(refusal("::/0 :: 1"), HasSubstr("every network there is"));
}

TEST_F(FramedRoute, WhatTheConfigurationDoesNotNameIsRefusedAsThePoolIs) {
  EXPECT_THAT(refusal("192.168.1.0/24 0.0.0.0 1"),
              HasSubstr("(networks of [radius]: 10.0.0.0/9, 10.77.7.0/24, fd77::/32)"));
  EXPECT_THAT(refusal("10.0.0.0/8 0.0.0.0 1"), HasSubstr("not among the networks"));
  config_.client_networks.clear();
  EXPECT_THAT(refusal("10.66.0.8/32 0.0.0.0 1"), HasSubstr("(networks of [radius]: none)"));
}

TEST_F(FramedRoute, WhatAGroupReachesOnThisSideIsRefusedUnlessTheVeryPartIsNamed) {
  EXPECT_THAT(refusal("10.20.5.0/24 0.0.0.0 1"), HasSubstr("group staff reaches that on this side"));
  EXPECT_THAT(refusal("10.16.0.0/12 0.0.0.0 1"), HasSubstr("group staff reaches that on this side"));
  EXPECT_THAT(refusal("10.77.8.0/24 0.0.0.0 1"), HasSubstr("group staff reaches that on this side"));
  EXPECT_EQ(refusal("10.77.7.0/24 0.0.0.0 1"), "granted");
}

TEST_F(FramedRoute, WhatAGroupOfTheOwnersReachesIsRefusedAlike) {
  const std::vector<GroupRoute> routes = {{"sales", *IpPrefix::parse("10.88.0.0/16")},
                                          {"branch", *IpPrefix::parse("10.77.0.0/16")}};
  const auto why = [&](const char* network) {
    return why_taken(config_, {*IpPrefix::parse("10.1.0.0/16"), *IpPrefix::parse(network)}, routes);
  };
  EXPECT_THAT(*why("10.88.5.0/24"),
              HasSubstr("10.88.5.0/24 cannot stand behind this client: group sales reaches that on this side"));
  EXPECT_THAT(*why("10.77.8.0/24"), HasSubstr("group branch"));
  EXPECT_FALSE(why("10.77.7.0/24")) << "the very part is named";
  EXPECT_FALSE(why("10.2.0.0/16"));
}

TEST_F(FramedRoute, WithoutRoutesNothingIsGranted) {
  const auto sorted = sort({});
  EXPECT_THAT(sorted->reachable, IsEmpty());
  EXPECT_THAT(sorted->behind, IsEmpty());
}

}  // namespace
}  // namespace agilevpn::gateway
