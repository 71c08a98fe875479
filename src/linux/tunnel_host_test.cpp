#include "linux/tunnel_host.h"

#include <gmock/gmock.h>

#include "linux/gateway_host.h"
#include "linux/lab_fixture.h"
#include "linux/sysctl.h"

namespace agilevpn::linux {
namespace {

class Tunnel : public Lab {
 protected:
  void SetUp() override {
    Lab::SetUp();
    if (IsSkipped()) return;
    run("ip address add 10.0.1.2/24 dev lan0 && ip link set lan0 up && ip link set far-lan0 up");
    run("ip route add default via 10.0.1.1");
    run("ip tuntap add vpn0 mode tun");
    before_ = host_state();
  }

  static client::TunnelUp full_tunnel() {
    return {.addresses = {*IpPrefix::parse("10.66.0.2/32"), *IpPrefix::parse("fd66::2/64")},
            .routes = {*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")},
            .local = {*IpPrefix::parse("10.0.1.0/24")},
            .mtu = 1380};
  }
  static std::string route_to(const std::string& words) { return output_of("ip route get " + words); }

  // The interface itself stays up with its MTU: the daemon takes it away.
  static std::string host_state_without_tunnel() {
    run("ip link del vpn0 && ip tuntap add vpn0 mode tun");
    return output_of("ip address show lan0; ip route show table all; ip -6 route show table all; ip rule; ip -6 rule");
  }

  std::string before_;
};

TEST_F(Tunnel, TakesEverythingButLocalNetworksAndMarkedPackets) {
  auto host = *TunnelHost::open("vpn0");
  const auto done = host.up(full_tunnel());
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_THAT(route_to("192.0.2.1"), testing::HasSubstr("dev vpn0 table 4500 src 10.66.0.2"));
  EXPECT_THAT(route_to("2001:db8::1"), testing::HasSubstr("dev vpn0 table 4500 proto 45 src fd66::2"));
  EXPECT_THAT(route_to("10.0.1.1"), testing::HasSubstr("dev lan0"));
  EXPECT_THAT(route_to("192.0.2.1 mark 0x4500"), testing::HasSubstr("via 10.0.1.1 dev lan0"));
  const std::string link = output_of("ip address show vpn0");
  EXPECT_THAT(link, testing::HasSubstr("mtu 1380"));
  EXPECT_THAT(link, testing::Not(testing::HasSubstr("fe80")));
}

TEST_F(Tunnel, RoutesThatDhcpBroughtDoNotLeadPastIt) {  // RFC 3442; CVE-2024-3661
  auto host = *TunnelHost::open("vpn0");
  ASSERT_TRUE(host.up(full_tunnel()));
  run("ip route add 0.0.0.0/1 via 10.0.1.1 && ip route add 128.0.0.0/1 via 10.0.1.1");
  run("ip route add 192.0.2.1 dev lan0 && ip -6 route add 2000::/3 dev lan0");
  for (const std::string target : {"192.0.2.1", "198.51.100.1", "2001:db8::1"})
    EXPECT_THAT(route_to(target), testing::HasSubstr("dev vpn0"));
  EXPECT_THAT(route_to("10.0.1.1"), testing::HasSubstr("dev lan0"));
}

TEST_F(Tunnel, WhatItBlocksGoesNowhereButToLocalNetworks) {
  run("ip -6 address add fd01::2/64 dev lan0 && ip -6 route add default via fd01::1");
  auto host = *TunnelHost::open("vpn0");
  client::TunnelUp only_v4 = full_tunnel();
  only_v4.addresses = {*IpPrefix::parse("10.66.0.2/32")};
  only_v4.routes = {*IpPrefix::parse("0.0.0.0/0")};
  only_v4.blocked = {*IpPrefix::parse("::/0")};
  only_v4.local = {*IpPrefix::parse("fd01::/64")};
  const auto done = host.up(only_v4);
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_THAT(route_to("2001:db8::1 2>&1"), testing::HasSubstr("No route to host"));
  EXPECT_THAT(route_to("fd01::1"), testing::HasSubstr("dev lan0"));
  EXPECT_THAT(route_to("2001:db8::1 mark 0x4500"), testing::HasSubstr("dev lan0"));
  ASSERT_TRUE(host.up(full_tunnel()));
  EXPECT_THAT(route_to("2001:db8::1"), testing::HasSubstr("dev vpn0"));
}

TEST_F(Tunnel, LeavesNothingBehind) {
  const std::string before = host_state_without_tunnel();
  {
    auto host = *TunnelHost::open("vpn0");
    ASSERT_TRUE(host.up(full_tunnel()));
    EXPECT_NE(output_of("ip rule"), "");
  }
  EXPECT_THAT(output_of("ip address show vpn0"), testing::Not(testing::HasSubstr("inet")));
  EXPECT_EQ(host_state_without_tunnel(), before);
}

TEST_F(Tunnel, ChangesOnlyWhatDiffers) {
  auto host = *TunnelHost::open("vpn0");
  ASSERT_TRUE(host.up(full_tunnel()));
  client::TunnelUp split = full_tunnel();
  split.addresses = {*IpPrefix::parse("10.66.0.2/32")};
  split.routes = {*IpPrefix::parse("192.168.10.0/24")};
  split.local.clear();
  ASSERT_TRUE(host.up(split));
  EXPECT_EQ(output_of("ip route show table 4500"), "192.168.10.0/24 dev vpn0 proto 45 scope link linkdown \n");
  EXPECT_THAT(output_of("ip -6 rule"), testing::Not(testing::HasSubstr("4500")));
  EXPECT_THAT(output_of("ip -6 address show vpn0"), testing::Not(testing::HasSubstr("fd66")));
}

TEST_F(Tunnel, WhatAKilledRunLeftGoesAtTheNextStart) {
  const std::string before = host_state_without_tunnel();
  auto killed = new TunnelHost{*TunnelHost::open("vpn0")};  // Never destroyed, like a killed one.
  ASSERT_TRUE(killed->up(full_tunnel()));
  EXPECT_NE(host_state_without_tunnel(), before);
  EXPECT_EQ(TunnelHost::remove_leftovers(), 3u);  // Two rules and the way to the local network.
  EXPECT_EQ(host_state_without_tunnel(), before);
}

TEST_F(Tunnel, OtherPeoplesRulesAreLeftAlone) {
  run("ip rule add not fwmark 0x4500 lookup 4500 priority 31001");
  const std::string before = output_of("ip rule");
  EXPECT_EQ(TunnelHost::remove_leftovers(), 0u);
  EXPECT_EQ(output_of("ip rule"), before);
}

TEST_F(Tunnel, AnInterfaceThatIsNotThereIsSaidSo) {
  auto host = *TunnelHost::open("vpn7");
  EXPECT_EQ(host.up(full_tunnel()).error().what, "cannot set up vpn7: No such device");
}

TEST_F(Tunnel, AGatewayForwardsBetweenItsPoolsAndTheWorld) {
  run("sysctl -qw net.ipv4.ip_forward=0");
  {
    auto host = GatewayHost::set_up({.interface = "vpn0",
                                     .addresses = {*IpAddress::parse("10.66.0.1"), *IpAddress::parse("fd66::1")},
                                     .pools = {*IpPrefix::parse("10.66.0.0/24"), *IpPrefix::parse("fd66::/64")}});
    ASSERT_TRUE(host) << host.error().to_string();
    EXPECT_EQ(host->notes().front(), "net.ipv4.ip_forward was 0, now 1");
    EXPECT_THAT(route_to("10.66.0.9"), testing::HasSubstr("dev vpn0 src 10.66.0.1"));
    EXPECT_THAT(route_to("fd66::9"), testing::HasSubstr("dev vpn0"));
  }
  EXPECT_EQ(read_sysctl("net.ipv4.ip_forward"), "0");
}

}  // namespace
}  // namespace agilevpn::linux
