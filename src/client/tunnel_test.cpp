#include "client/tunnel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::client {
namespace {

using mobility::LinkAddress;
using testing::ElementsAre;
using testing::IsEmpty;

IpPrefix prefix(const char* text) { return IpPrefix::parse(text).value(); }

const std::vector<IpPrefix> everything = {prefix("0.0.0.0/0"), prefix("::/0")};

ike::IkeSaInfo session(ike::Lease lease, const std::vector<IpPrefix>& remote) {
  ike::IkeSaInfo info{.lease = std::move(lease)};
  ike::ChildSaInfo child;
  for (const IpPrefix& one : remote) child.ts_remote.push_back(TrafficSelector::of(one));
  info.child_sas.push_back(child);
  return info;
}

mobility::Network network(const std::vector<std::uint32_t>& mtus) {
  mobility::Network links;
  for (const std::uint32_t mtu : mtus)
    links.links.push_back(
        {.is_up = true, .has_carrier = true, .mtu = mtu, .addresses = {{IpAddress::v4(10, 0, 0, 2), 24}}});
  return links;
}

TEST(Tunnel, HasTheLeasedAddressesAndWhatTheGatewayGranted) {
  const ike::Lease lease{
      .ipv4 = IpAddress::v4(10, 66, 0, 2), .ipv6 = prefix("fd66::2/64"), .dns = {IpAddress::v4(10, 66, 0, 1)}};
  const auto tunnel =
      make_tunnel(session(lease, {prefix("10.0.0.0/8"), prefix("fd00::/8")}), network({1500}), {}, everything);
  EXPECT_THAT(tunnel.addresses, ElementsAre(prefix("10.66.0.2/32"), prefix("fd66::2/64")));
  EXPECT_THAT(tunnel.routes, ElementsAre(prefix("10.0.0.0/8"), prefix("fd00::/8")));
  EXPECT_THAT(tunnel.dns, ElementsAre(IpAddress::v4(10, 66, 0, 1)));
}

TEST(Tunnel, LeavesOutRoutesOfAFamilyWithoutAnInnerAddress) {
  const ike::Lease lease{.ipv4 = IpAddress::v4(10, 66, 0, 2)};
  const auto tunnel = make_tunnel(session(lease, everything), network({1500}), {}, everything);
  EXPECT_THAT(tunnel.routes, ElementsAre(prefix("0.0.0.0/0")));
}

TEST(Tunnel, BlocksTheFamilyThatAFullTunnelLacks) {
  const auto blocked = [](ike::Lease lease, const std::vector<IpPrefix>& granted, const std::vector<IpPrefix>& wanted) {
    return make_tunnel(session(std::move(lease), granted), network({1500}), {}, wanted).blocked;
  };
  const ike::Lease v4{.ipv4 = IpAddress::v4(10, 66, 0, 2)};
  const ike::Lease v6{.ipv6 = prefix("fd66::2/64")};
  const ike::Lease both{.ipv4 = v4.ipv4, .ipv6 = v6.ipv6};
  EXPECT_THAT(blocked(v4, everything, everything), ElementsAre(prefix("::/0")));
  EXPECT_THAT(blocked(v6, everything, everything), ElementsAre(prefix("0.0.0.0/0")));
  EXPECT_THAT(blocked(both, {prefix("0.0.0.0/0")}, everything), ElementsAre(prefix("::/0")));
  EXPECT_THAT(blocked(both, everything, everything), IsEmpty());
  EXPECT_THAT(blocked(v4, everything, {prefix("0.0.0.0/0")}), IsEmpty());   // The user wants no IPv6 in it.
  EXPECT_THAT(blocked(v4, {prefix("10.0.0.0/8")}, everything), IsEmpty());  // The gateway says that it takes a part.
}

TEST(Tunnel, OnlyPrivateNetworksThatALinkStandsInAreLocal) {
  const auto local = [](const std::vector<LinkAddress>& own, const std::vector<IpPrefix>& granted) {
    auto links = network({1500});
    links.links.front().addresses = own;
    links.links.front().routes = {{prefix("0.0.0.0/1"), 0, IpAddress::v4(192, 168, 1, 1), {}},
                                  {prefix("10.0.0.0/8"), 0, {}, {}}};
    const ike::Lease lease{
        .ipv4 = IpAddress::v4(10, 66, 0, 2), .ipv6 = prefix("fd66::2/64"), .dns = {IpAddress::v4(10, 67, 0, 1)}};
    return make_tunnel(session(lease, granted), links, {}, everything).local;
  };
  const LinkAddress home{IpAddress::v4(192, 168, 1, 5), 24};
  const LinkAddress link_local{*IpAddress::parse("fe80::5"), 64};
  EXPECT_THAT(local({home, link_local}, everything), ElementsAre(prefix("192.168.1.0/24"), prefix("fe80::/64")));
  EXPECT_THAT(local({home}, {prefix("192.168.0.0/16")}), ElementsAre(prefix("192.168.1.0/24")));
  EXPECT_THAT(local({home}, {prefix("10.0.0.0/8")}), IsEmpty());      // It does not go through the tunnel anyway.
  EXPECT_THAT(local({home}, {prefix("192.168.1.0/24")}), IsEmpty());  // The user says what that is.
  EXPECT_THAT(local({{IpAddress::v4(192, 0, 2, 5), 24}}, everything), IsEmpty());
  EXPECT_THAT(local({{IpAddress::v4(10, 0, 0, 5), 1}}, everything), IsEmpty());
  EXPECT_THAT(local({{IpAddress::v4(10, 66, 0, 99), 24}}, everything), IsEmpty());  // Our inner address lies in it.
  EXPECT_THAT(local({{IpAddress::v4(10, 67, 0, 99), 24}}, everything), IsEmpty());  // The tunnel's DNS does.
}

TEST(Tunnel, WhatStandsBehindUsStaysOutsideWhateverItIs) {
  const ike::Lease lease{.ipv4 = IpAddress::v4(10, 66, 0, 2)};
  const auto tunnel = make_tunnel(session(lease, {prefix("0.0.0.0/0"), prefix("198.51.100.0/25")}), network({1500}), {},
                                  everything, {prefix("198.51.100.0/24")});
  EXPECT_THAT(tunnel.routes, ElementsAre(prefix("0.0.0.0/0")));
  EXPECT_THAT(tunnel.local, ElementsAre(prefix("10.0.0.0/24"), prefix("198.51.100.0/24")));
}

TEST(Tunnel, ALinkThatIsDownHasNoLocalNetwork) {
  auto links = network({1500});
  links.links.front().has_carrier = false;
  EXPECT_THAT(make_tunnel(session({}, everything), links, {}, everything).local, IsEmpty());
}

TEST(Tunnel, ARekeyThatDoublesTheChildSaChangesNothing) {
  auto info = session({.ipv4 = IpAddress::v4(10, 66, 0, 2)}, {prefix("10.0.0.0/8")});
  const auto before = make_tunnel(info, network({1500}), {}, everything);
  info.child_sas.push_back(info.child_sas.front());
  EXPECT_EQ(make_tunnel(info, network({1500}), {}, everything), before);
}

TEST(Tunnel, FitsEveryUsableLinkButNeverFallsBelowTheMinimumOfIpv6) {
  const auto mtu = [&](const std::vector<std::uint32_t>& links) {
    return make_tunnel(session({}, {}), network(links), {}, everything).mtu;
  };
  EXPECT_EQ(mtu({1500}), 1400u);
  EXPECT_EQ(mtu({9000, 1460}), 1360u);
  EXPECT_EQ(mtu({1300}), 1280u);
  EXPECT_EQ(mtu({}), 1280u);
}

}  // namespace
}  // namespace agilevpn::client
