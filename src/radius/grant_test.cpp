#include "radius/grant.h"

#include <gtest/gtest.h>

#include "radius/route.h"

namespace agilevpn::radius {
namespace {

std::string route_text(std::string_view text, Family family) {
  const auto route = parse_route(text, family);
  return route ? route->to_string() : "none";
}

TEST(RadiusRoute, ReadsTheExamplesOfTheRfcs) {
  EXPECT_EQ(route_text("192.168.1.0/24 192.168.1.1 1 2 -1 3 400", Family::V4), "192.168.1.0/24 192.168.1.1");
  EXPECT_EQ(route_text("192.168.1.0 192.168.1.1 1", Family::V4), "192.168.1.0/24 192.168.1.1");
  EXPECT_EQ(route_text("10.0.0.0 0.0.0.0 1", Family::V4), "10.0.0.0/8 0.0.0.0");
  EXPECT_EQ(route_text("172.16.0.0", Family::V4), "172.16.0.0/16");
  EXPECT_EQ(route_text("2000:0:0:106::/64 2000::106:a00:20ff:fe99:a998 1", Family::V6),
            "2000:0:0:106::/64 2000::106:a00:20ff:fe99:a998");
  EXPECT_EQ(route_text("2000:0:0:106::/64 :: 1", Family::V6), "2000:0:0:106::/64 ::");
}

TEST(RadiusRoute, ClearsHostBitsAndRefusesWhatIsNoPrefix) {
  EXPECT_EQ(route_text("10.9.8.7/8 0.0.0.0 1", Family::V4), "10.0.0.0/8 0.0.0.0");
  EXPECT_EQ(route_text(std::string_view{"10.0.0.0/8\0", 11}, Family::V4), "10.0.0.0/8");
  for (const std::string_view text : {"", "   ", "10.0.0.0/33", "default", "2001:db8::/32", "10.0.0.0/8 1",
                                      "10.0.0.0/8 :: 1", "10.0.0.0/8 0.0.0.0 far", "10.0.0.0/8 0.0.0.0 1 2x"}) {
    EXPECT_EQ(route_text(text, Family::V4), "none") << text;
  }
  EXPECT_EQ(route_text("10.0.0.0/8", Family::V6), "none");
}

TEST(RadiusGrant, TakesWhatAnAcceptGrants) {
  Attributes attributes;
  attributes.add_text(Type::UserName, "anna@example.org")
      .add_address(Type::FramedIpAddress, IpAddress::v4(10, 9, 0, 7));
  attributes.add_address(Type::FramedIpNetmask, IpAddress::v4(255, 255, 255, 0));
  attributes.add_address(Type::FramedIpv6Address, *IpAddress::parse("2001:db8::7"));
  attributes.add_prefix(Type::FramedIpv6Prefix, *IpPrefix::parse("2001:db8:7::/64"));
  attributes.add(Type::Class, "00ff"_hex).add_text(Type::Class, "staff").add_text(Type::FilterId, "staff");
  attributes.add_integer(Type::SessionTimeout, 3600).add_integer(Type::IdleTimeout, 600);
  attributes.add_integer(Type::AcctInterimInterval, 10);
  attributes.add_address(MicrosoftType::SecondaryDnsServer, IpAddress::v4(10, 0, 0, 3));
  attributes.add_address(MicrosoftType::PrimaryDnsServer, IpAddress::v4(10, 0, 0, 2));
  attributes.add_address(Type::DnsServerIpv6Address, *IpAddress::parse("2001:db8::53"));
  attributes.add_text(Type::FramedRoute, "10.20.0.0/16 0.0.0.0 1");
  attributes.add_text(Type::FramedIpv6Route, "2001:db8:20::/48 :: 1").add_text(Type::ReplyMessage, "Hello");
  const auto grant = Grant::from(attributes);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->user_name, "anna@example.org");
  EXPECT_EQ(grant->framed_ip, IpAddress::v4(10, 9, 0, 7));
  EXPECT_EQ(grant->framed_ip_length, 24);
  EXPECT_EQ(grant->framed_ipv6, IpAddress::parse("2001:db8::7"));
  EXPECT_EQ(grant->framed_ipv6_prefixes, std::vector{*IpPrefix::parse("2001:db8:7::/64")});
  EXPECT_EQ(grant->classes, (std::vector{"00ff"_hex, to_bytes("staff")}));
  EXPECT_EQ(grant->filter_ids, std::vector<std::string>{"staff"});
  EXPECT_EQ(grant->session_timeout, 3600s);
  EXPECT_EQ(grant->idle_timeout, 600s);
  EXPECT_EQ(grant->interim_interval, 60s);
  EXPECT_EQ(grant->dns,
            (std::vector{IpAddress::v4(10, 0, 0, 2), IpAddress::v4(10, 0, 0, 3), *IpAddress::parse("2001:db8::53")}));
  EXPECT_EQ(grant->routes, (std::vector{Route{*IpPrefix::parse("10.20.0.0/16"), IpAddress::any(Family::V4)},
                                        Route{*IpPrefix::parse("2001:db8:20::/48"), IpAddress::any(Family::V6)}}));
  EXPECT_EQ(grant->reply_message, "Hello");
}

TEST(RadiusGrant, TheAddressMayBeLeftToUs) {
  for (const std::uint8_t last : std::array<std::uint8_t, 2>{254, 255}) {
    Attributes attributes;
    attributes.add_address(Type::FramedIpAddress, IpAddress::v4(255, 255, 255, last));
    EXPECT_EQ(Grant::from(attributes)->framed_ip, std::nullopt);
  }
}

TEST(RadiusGrant, RefusesWhatCannotBe) {
  EXPECT_FALSE(Grant::from({{Type::SessionTimeout, "0e10"_hex}}));
  EXPECT_FALSE(Grant::from({{Type::FramedIpNetmask, "ff00ff00"_hex}}));
  EXPECT_FALSE(Grant::from({{Type::FramedRoute, to_bytes("default")}}));
  EXPECT_FALSE(Grant::from({{MicrosoftType::PrimaryDnsServer, "0a"_hex}}));
}

}  // namespace
}  // namespace agilevpn::radius
