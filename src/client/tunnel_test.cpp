#include "client/tunnel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

IpPrefix prefix(const char* text) { return IpPrefix::parse(text).value(); }

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
  const auto tunnel = make_tunnel(session(lease, {prefix("10.0.0.0/8"), prefix("fd00::/8")}), network({1500}), {});
  EXPECT_THAT(tunnel.addresses, ElementsAre(prefix("10.66.0.2/32"), prefix("fd66::2/64")));
  EXPECT_THAT(tunnel.routes, ElementsAre(prefix("10.0.0.0/8"), prefix("fd00::/8")));
  EXPECT_THAT(tunnel.dns, ElementsAre(IpAddress::v4(10, 66, 0, 1)));
}

TEST(Tunnel, LeavesOutRoutesOfAFamilyWithoutAnInnerAddress) {
  const ike::Lease lease{.ipv4 = IpAddress::v4(10, 66, 0, 2)};
  const auto tunnel = make_tunnel(session(lease, {prefix("0.0.0.0/0"), prefix("::/0")}), network({1500}), {});
  EXPECT_THAT(tunnel.routes, ElementsAre(prefix("0.0.0.0/0")));
}

TEST(Tunnel, ARekeyThatDoublesTheChildSaChangesNothing) {
  auto info = session({.ipv4 = IpAddress::v4(10, 66, 0, 2)}, {prefix("10.0.0.0/8")});
  const auto before = make_tunnel(info, network({1500}), {});
  info.child_sas.push_back(info.child_sas.front());
  EXPECT_EQ(make_tunnel(info, network({1500}), {}), before);
}

TEST(Tunnel, FitsEveryUsableLinkButNeverFallsBelowTheMinimumOfIpv6) {
  const auto mtu = [&](const std::vector<std::uint32_t>& links) {
    return make_tunnel(session({}, {}), network(links), {}).mtu;
  };
  EXPECT_EQ(mtu({1500}), 1400u);
  EXPECT_EQ(mtu({9000, 1460}), 1360u);
  EXPECT_EQ(mtu({1300}), 1280u);
  EXPECT_EQ(mtu({}), 1280u);
}

}  // namespace
}  // namespace agilevpn::client
