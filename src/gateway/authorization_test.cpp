#include "gateway/authorization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class WithGroup : public testing::Test {
 protected:
  WithGroup() {
    ConnectionRule staff{.name = "staff", .routes = {*IpPrefix::parse("10.20.0.0/16")}, .pools = {"ipv4"}};
    staff.domains = {"staff.example.org"};
    staff.idle_timeout = 15min;
    staff.nbns = {IpAddress::v4(10, 20, 0, 2)};
    staff.firewall = *parse_firewall("allow to 10.20.0.0/16");
    config.rules.push_back(std::move(staff));
    config.rules.push_back({.name = "default", .routes = {*IpPrefix::parse("10.0.0.0/8")}, .pools = {"ipv4"}});
  }
  ConnectionRule get(const Group& group, const ConnectionRule* login = nullptr) const {
    return with_group(config, login ? *login : config.rules[0], group);
  }
  Config config;
};

TEST_F(WithGroup, WhatTheGroupSaysCountsAndTheRestIsTheConfigurations) {
  const auto rule = get({.name = "staff", .routes = {*IpPrefix::parse("10.30.0.0/16")}, .devices_max = 2});
  EXPECT_THAT(rule.routes, ElementsAre(*IpPrefix::parse("10.30.0.0/16")));
  EXPECT_THAT(rule.domains, ElementsAre("staff.example.org"));
  EXPECT_EQ(rule.devices_max, 2u);
  EXPECT_THAT(rule.nbns, ElementsAre(IpAddress::v4(10, 20, 0, 2)));
  EXPECT_EQ(rule.idle_timeout, 15min);
  EXPECT_EQ(rule.firewall, *parse_firewall("allow to 10.20.0.0/16"));
  EXPECT_EQ(get({.name = "staff", .idle_timeout = 0s}).idle_timeout, 0s) << "never";
}

TEST_F(WithGroup, AUserOfAnotherGroupThanItsLoginFitsGetsThatGroups) {
  const auto rule = get({.name = "staff"}, &config.rules[1]);
  EXPECT_EQ(rule.name, "staff");
  EXPECT_THAT(rule.routes, ElementsAre(*IpPrefix::parse("10.20.0.0/16")));
}

TEST_F(WithGroup, AGroupThatTheConfigurationDoesNotHaveStartsFromDefault) {
  const auto rule = get({.name = "guests", .dns = {IpAddress::v4(9, 9, 9, 9)}});
  EXPECT_EQ(rule.name, "guests");
  EXPECT_THAT(rule.routes, ElementsAre(*IpPrefix::parse("10.0.0.0/8")));
  EXPECT_THAT(rule.dns, ElementsAre(IpAddress::v4(9, 9, 9, 9)));
  EXPECT_TRUE(rule.firewall.empty());
}

TEST_F(WithGroup, WhatARadiusServerGrantedToOnePeerStays) {
  ConnectionRule login = config.rules[0];
  login.routes = {*IpPrefix::parse("10.99.0.0/16")};
  login.idle_timeout = 1min;
  login.framed_ipv4 = IpAddress::v4(10, 66, 0, 9);
  const auto rule = get({.name = "staff", .routes = {*IpPrefix::parse("10.30.0.0/16")}, .idle_timeout = 1h}, &login);
  EXPECT_THAT(rule.routes, ElementsAre(*IpPrefix::parse("10.99.0.0/16")));
  EXPECT_EQ(rule.idle_timeout, 1min);
  EXPECT_EQ(rule.framed_ipv4, IpAddress::v4(10, 66, 0, 9));
}

TEST_F(WithGroup, OnlyItsOwnWaysToLogInCount) {
  ConnectionRule rule{.name = "staff"};
  EXPECT_FALSE(objection_to("psk", std::nullopt, rule));
  rule.methods = {"certificate", "eap-tls"};
  EXPECT_FALSE(objection_to("eap-tls", std::nullopt, rule));
  EXPECT_THAT(objection_to("eap-mschapv2", std::nullopt, rule)->why,
              HasSubstr("group staff takes only certificate, eap-tls"));
  EXPECT_EQ(method_name(eap::Type::MsChapV2), "eap-mschapv2");
}

TEST_F(WithGroup, OnlyItsOwnNetworksCount) {
  config.rules[0].from = {*IpPrefix::parse("198.51.100.0/24"), *IpPrefix::parse("2001:db8::/32")};
  EXPECT_EQ(get({.name = "default"}).title(), "group default (everybody whom no other names)");
  const ConnectionRule rule = get({.name = "staff"});
  EXPECT_FALSE(objection_to("psk", std::nullopt, rule));
  EXPECT_FALSE(objection_to("psk", IpAddress::v4(198, 51, 100, 7), rule));
  EXPECT_FALSE(objection_to("psk", IpAddress::parse("2001:db8::7"), rule));
  EXPECT_EQ(objection_to("psk", IpAddress::v4(203, 0, 113, 7), rule)->why,
            "it came from 203.0.113.7, and group staff is let in only from 198.51.100.0/24, 2001:db8::/32");
  EXPECT_FALSE(objection_to("psk", IpAddress::v4(203, 0, 113, 7), get({.name = "default"})));
}

}  // namespace
}  // namespace agilevpn::gateway
