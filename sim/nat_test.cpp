#include "sim/nat.h"

#include <gmock/gmock.h>

namespace agilevpn::sim {
namespace {

const SocketAddress inside = *SocketAddress::parse("172.16.1.2:4500");
const SocketAddress peer = *SocketAddress::parse("192.0.2.1:4500");
const SocketAddress stranger = *SocketAddress::parse("192.0.2.66:4500");
const Instant first_instant{};

Nat make_nat(bool is_endpoint_dependent = false) {
  return Nat{{.outside = IpAddress::v4(203, 0, 113, 1),
              .mapping_lifetime = 60s,
              .is_endpoint_dependent = is_endpoint_dependent}};
}

TEST(Nat, TranslatesThereAndBack) {
  Nat nat = make_nat();
  const auto outside = nat.outbound(first_instant, inside, peer);
  EXPECT_EQ(outside.address, nat.outside());
  EXPECT_EQ(nat.inbound(first_instant, outside.port, peer), inside);
}

TEST(Nat, KeepsTheMappingWhileItIsUsedAndForgetsItAfterwards) {
  Nat nat = make_nat();
  const auto first = nat.outbound(first_instant, inside, peer);
  EXPECT_EQ(nat.outbound(first_instant + 59s, inside, peer), first);
  EXPECT_EQ(nat.inbound(first_instant + 100s, first.port, peer), inside);
  EXPECT_EQ(nat.inbound(first_instant + 120s, first.port, peer), std::nullopt);
  EXPECT_NE(nat.outbound(first_instant + 121s, inside, peer), first);
}

TEST(Nat, LetsNobodyInWhoWasNotWrittenTo) {
  Nat nat = make_nat();
  const auto outside = nat.outbound(first_instant, inside, peer);
  EXPECT_EQ(nat.inbound(first_instant, outside.port, stranger), std::nullopt);
}

TEST(Nat, GivesEveryPeerAnotherMappingWhenEndpointDependent) {
  Nat cone = make_nat(false);
  EXPECT_EQ(cone.outbound(first_instant, inside, peer), cone.outbound(first_instant, inside, stranger));
  Nat symmetric = make_nat(true);
  EXPECT_NE(symmetric.outbound(first_instant, inside, peer), symmetric.outbound(first_instant, inside, stranger));
}

TEST(Nat, GivesOtherPortsAfterAReboot) {
  Nat nat = make_nat();
  const auto before = nat.outbound(first_instant, inside, peer);
  nat.forget();
  EXPECT_EQ(nat.inbound(first_instant, before.port, peer), std::nullopt);
  EXPECT_NE(nat.outbound(first_instant, inside, peer), before);
}

}  // namespace
}  // namespace agilevpn::sim
