#include "base/address.h"

#include <gtest/gtest.h>

#include "base/traffic_selector.h"

namespace agilevpn {
namespace {

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("2001:db8::1")->to_string(), "2001:db8::1");
  EXPECT_FALSE(IpAddress::parse("192.0.2"));
  EXPECT_FALSE(IpAddress::parse(""));
  EXPECT_FALSE(IpAddress::from_bytes("010203"_hex));
}

TEST(IpAddress, CountsOnAndStopsAtTheLast) {
  EXPECT_EQ(IpAddress::parse("10.0.0.255")->plus(2)->to_string(), "10.0.1.1");
  EXPECT_EQ(IpAddress::parse("2001:db8::ffff:ffff")->plus(1)->to_string(), "2001:db8::1:0:0");
  EXPECT_FALSE(IpAddress::last(Family::V4).plus(1));
}

TEST(IpAddress, IsPrivateIfNobodyOnTheInternetReachesItByItself) {
  for (const char* text : {"10.255.255.255", "172.31.0.1", "192.168.1.1", "100.127.0.1", "169.254.3.4", "127.0.0.1",
                           "fd00::1", "fe80::1", "::1"})
    EXPECT_TRUE(IpAddress::parse(text)->is_private()) << text;
  for (const char* text : {"11.0.0.0", "172.32.0.1", "192.169.1.1", "100.128.0.1", "203.0.113.2", "2001:db8::1"})
    EXPECT_FALSE(IpAddress::parse(text)->is_private()) << text;
}

TEST(SocketAddress, NeedsBracketsForIpv6Only) {
  EXPECT_EQ(SocketAddress::parse("192.0.2.1:500")->to_string(), "192.0.2.1:500");
  EXPECT_EQ(SocketAddress::parse("[2001:db8::1]:4500")->to_string(), "[2001:db8::1]:4500");
  EXPECT_FALSE(SocketAddress::parse("2001:db8::1:4500"));
  EXPECT_FALSE(SocketAddress::parse("192.0.2.1:70000"));
}

TEST(IpPrefix, ContainsWhatItsBitsSay) {
  const IpPrefix prefix = *IpPrefix::parse("10.1.2.3/8");
  EXPECT_EQ(prefix.first().to_string(), "10.0.0.0");
  EXPECT_EQ(prefix.last().to_string(), "10.255.255.255");
  EXPECT_TRUE(prefix.contains(*IpAddress::parse("10.9.9.9")));
  EXPECT_FALSE(prefix.contains(*IpAddress::parse("11.0.0.0")));
  EXPECT_FALSE(IpPrefix::parse("10.0.0.0/33"));
}

TEST(TrafficSelector, IntersectionIsWhatBothAllow) {
  const auto wide = TrafficSelector::everything(Family::V4);
  const auto narrow = TrafficSelector::of(*IpPrefix::parse("10.0.0.0/24"));
  EXPECT_EQ(wide.intersect(narrow), narrow);
  EXPECT_TRUE(wide.contains(narrow));
  EXPECT_FALSE(narrow.contains(wide));
  EXPECT_FALSE(narrow.intersect(TrafficSelector::everything(Family::V6)));
  TrafficSelector tcp = narrow, udp = narrow;
  tcp.protocol = 6;
  udp.protocol = 17;
  EXPECT_FALSE(tcp.intersect(udp));
  EXPECT_EQ(wide.intersect(tcp), tcp);
}

TEST(TrafficSelector, BecomesTheFewestPrefixes) {
  TrafficSelector range{.first_address = *IpAddress::parse("10.0.0.1"), .last_address = *IpAddress::parse("10.0.0.6")};
  std::vector<std::string> prefixes;
  for (const IpPrefix& p : range.to_prefixes()) prefixes.push_back(p.to_string());
  EXPECT_EQ(prefixes, (std::vector<std::string>{"10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6/32"}));
  EXPECT_EQ(TrafficSelector::everything(Family::V6).to_prefixes().size(), 1u);
  EXPECT_EQ(range.to_string(), "10.0.0.1-10.0.0.6");
  EXPECT_EQ(TrafficSelector::everything(Family::V4).to_string(), "0.0.0.0/0");
}

TEST(NonEspMarker, OurOwnPortDecidesWhateverANatMakesOfThePeers) {
  const auto has = [](std::uint16_t local, std::uint16_t peer) {
    return has_non_esp_marker({{IpAddress::v4(192, 0, 2, 1), local}, {IpAddress::v4(192, 0, 2, 2), peer}});
  };
  EXPECT_FALSE(has(500, 500));
  EXPECT_FALSE(has(500, 20001));
  EXPECT_FALSE(has(500, 4500));
  EXPECT_TRUE(has(4500, 4500));
  EXPECT_TRUE(has(4500, 20001));
  EXPECT_TRUE(has(4500, 500));
  EXPECT_TRUE(has(40001, 4500));
  EXPECT_FALSE(has(40001, 500)) << "a client that has a port of its own asks at port 500";
}

}  // namespace
}  // namespace agilevpn
