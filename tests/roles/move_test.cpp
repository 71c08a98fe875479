// The roaming laptop: cables pulled, addresses changed, networks lost, and the session lives on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/roles/roles_world.h"

namespace agilevpn::roles {
namespace {

using client::State;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Move : testing::Test {
  RolesWorld w;
  ike::IkeSaInfo before;
  void SetUp() override {
    w.connect();
    w.world.run_for(2min);  // Both links are known to be stable.
    ASSERT_EQ(w.state(), State::Connected);
    before = *w.session().ike_sa;
  }
  // The same session: same SPIs, same inner address, traffic both ways, and the two data planes never lied to.
  void expect_same_session() {
    EXPECT_EQ(w.state(), State::Connected);
    const auto after = w.session().ike_sa;
    ASSERT_TRUE(after);
    EXPECT_EQ(after->spi_i, before.spi_i);
    EXPECT_EQ(after->spi_r, before.spi_r);
    EXPECT_EQ(after->lease, before.lease);
    EXPECT_TRUE(w.ping());
    EXPECT_THAT(w.sessions(), SizeIs(1));
    EXPECT_THAT(w.client_->data_plane().mistakes(), IsEmpty());
    EXPECT_THAT(w.gateway_->data_plane().mistakes(), IsEmpty());
  }
  std::string link() { return w.session().link; }
};

TEST_F(Move, APulledCableMovesTheSessionBehindTheNatAndBack) {
  w.eth0.unplug();
  w.world.run_for(200ms);
  expect_same_session();
  EXPECT_EQ(link(), "eth1");
  EXPECT_TRUE(w.session().ike_sa->is_local_behind_nat);
  w.eth0.plug();
  w.world.run_for(3s);
  expect_same_session();
  EXPECT_EQ(link(), "eth0");
  EXPECT_FALSE(w.session().ike_sa->is_local_behind_nat);
  const auto moves = w.session().moves;
  ASSERT_THAT(moves, SizeIs(2));
  EXPECT_EQ(moves[0].reason, "eth0 has no carrier");
  EXPECT_LE(*moves[0].took, 100ms);
  EXPECT_EQ(moves[1].from_link, "eth1");
  EXPECT_NE(w.client_said.last<client::Moved>(), nullptr);
}

TEST_F(Move, ADisabledLinkAndALostAddressMoveItLikeAPulledCable) {
  w.eth0.take_down();
  w.world.run_for(200ms);
  EXPECT_EQ(link(), "eth1");
  expect_same_session();
  w.eth0.bring_up();
  w.world.run_for(5s);
  EXPECT_EQ(link(), "eth0");
  for (const IpAddress& address : std::vector{w.eth0.addresses()}) w.eth0.remove_address(address);
  w.world.run_for(200ms);
  EXPECT_EQ(link(), "eth1");
  expect_same_session();
}

TEST_F(Move, AnotherAddressByDhcpIsTakenAtOnce) {
  w.eth0.add_address(IpAddress::v4(192, 0, 2, 77));
  w.eth0.remove_address(IpAddress::v4(192, 0, 2, 2));
  w.world.run_for(200ms);
  EXPECT_EQ(w.session().path->local.address, IpAddress::v4(192, 0, 2, 77));
  const auto said = [](const auto* fact) {
    return fact ? client::to_record(client::Event{*fact}, "office").sentence : "";
  };
  EXPECT_THAT(said(w.client_said.last<client::Moving>()), testing::StartsWith("moving to another path over eth0 ("));
  EXPECT_THAT(said(w.client_said.last<client::Moved>()), testing::StartsWith("moved to another path over eth0, "));
  expect_same_session();
}

TEST_F(Move, IPv4LostTheSessionGoesOnOverIPv6OfTheSameLink) {
  w.eth0.remove_address(IpAddress::v4(192, 0, 2, 2));
  w.world.run_for(200ms);
  EXPECT_TRUE(w.session().path->local.address.is_v6());
  EXPECT_EQ(link(), "eth0");
  expect_same_session();
}

TEST_F(Move, BothCablesOutItSleepsAndWakesWithTheFirstThatIsBack) {
  w.eth0.unplug();
  w.eth1.unplug();
  w.world.run_for(20min);
  EXPECT_EQ(w.state(), State::Dormant);
  EXPECT_TRUE(w.sessions().front().is_dormant);
  w.eth1.plug();
  EXPECT_TRUE(w.run_until(State::Connected, 150ms));
  w.world.run_for(1s);
  expect_same_session();
  EXPECT_THAT(w.states(),
              ElementsAre("Connecting", "Connected", "Dormant", "Dormant: waiting to reconnect", "Connected"));
  EXPECT_FALSE(w.sessions().front().is_dormant);
  EXPECT_NE(w.gateway_said.last<gateway::SessionResumed>(), nullptr);
}

TEST_F(Move, WhileAsleepNothingIsSent) {
  w.eth0.unplug();
  w.eth1.unplug();
  w.world.run_for(1s);
  std::size_t sent = 0;
  w.world.on_packet = [&](const sim::Packet& packet) { sent += packet.from.address == IpAddress::v4(192, 0, 2, 2); };
  w.world.run_for(10min);
  EXPECT_EQ(sent, 0u);
}

TEST_F(Move, AfterTheNetworkOutageTimeItFailsAndTheGatewayForgetsItToo) {
  w.eth0.unplug();
  w.eth1.unplug();
  EXPECT_TRUE(w.run_until(State::Failed, 31min));
  EXPECT_EQ(w.session().reason, "no way to the gateway for 30 minutes, the network outage time: eth0 has no carrier");
  EXPECT_FALSE(w.tunnel());
  w.world.run_for(10min);
  EXPECT_THAT(w.sessions(), IsEmpty());
  EXPECT_THAT(w.gateway_->data_plane().child_sas(), IsEmpty());
}

TEST_F(Move, ASilentlyDeadPathIsLeftWithinSecondsOfTraffic) {
  w.lan.uplink().is_up = false;
  for (int i = 0; i < 100 && link() == "eth0"; ++i) {
    w.ping();
    w.world.run_for(100ms);
  }
  w.world.run_for(1s);
  EXPECT_EQ(link(), "eth1");
  expect_same_session();
  EXPECT_LE(w.session().moves.back().when - before.established, 2min + 10s);
  for (int i = 0; i < 60; ++i) {  // Whatever is thought of eth0 meanwhile.
    EXPECT_EQ(w.client_->role().candidates(w.world.now()).front().link, "eth1") << i;
    w.world.run_for(500ms);
  }
}

TEST_F(Move, ASilentlyDeadPathIsLeftAsSoonAfterARekeyOfABusyChildSa) {
  for (int i = 0; i < 50; ++i) w.ping();
  w.world.run_for(2s);
  w.world.run_until(
      [&] { return w.client_->data_plane().child_sas().begin()->first.value > before.child_sas[0].child.value; }, 2h);
  const Instant cut = w.world.now();
  w.lan.uplink().is_up = false;
  for (int i = 0; i < 10 && link() == "eth0"; ++i) w.ping(), w.world.run_for(100ms);
  EXPECT_EQ(link(), "eth1");
  EXPECT_LE(w.world.now() - cut, 8s);
}

TEST_F(Move, ANatThatForgetsItsMappingIsNoticed) {
  w.eth0.unplug();
  w.world.run_for(1s);
  w.home.nat()->forget();
  for (int i = 0; i < 60; ++i) w.ping(), w.world.run_for(100ms);
  expect_same_session();
}

TEST_F(Move, BehindANatKeepalivesHoldTheMapping) {  // RFC 3948 §4
  std::size_t keepalives = 0;
  w.world.on_packet = [&](const sim::Packet& packet) {
    keepalives += packet.payload == "ff"_hex && packet.from.address == IpAddress::v4(172, 16, 1, 2);
  };
  w.world.run_for(1min);
  EXPECT_EQ(keepalives, 0u);
  w.eth0.unplug();
  w.world.run_for(1min);
  EXPECT_THAT(keepalives, testing::AllOf(testing::Ge(2u), testing::Le(4u)));
}

TEST_F(Move, AFlappingCableDoesNotPlayPingPong) {
  for (int i = 0; i < 30; ++i) {
    w.eth0.unplug();
    w.world.run_for(1s);
    w.eth0.plug();
    w.world.run_for(5s);
  }
  EXPECT_LE(w.session().moves.size(), 7u);
  expect_same_session();
}

TEST_F(Move, AnotherOrderOfLinksMovesTheSession) {
  w.client([](client::Connection& connection, Instant now) { connection.prefer(now, {"eth1"}); });
  w.world.run_for(500ms);
  EXPECT_EQ(link(), "eth1");
  expect_same_session();
}

TEST_F(Move, AGatewayThatChangesItsAddressIsFollowed) {  // RFC 4555 §3.6
  w.wan.add_address(IpAddress::v4(203, 0, 113, 50));
  w.wan.remove_address(IpAddress::v4(203, 0, 113, 2));
  w.world.run_for(1s);
  EXPECT_NE(w.session().path->peer.address, IpAddress::v4(203, 0, 113, 2));
  expect_same_session();
}

TEST_F(Move, AnEngineOutOfTouchKeepsTheSessionAcrossManyMovesOfEveryKind) {
  for (int i = 0; i < 20; ++i) {
    (i % 3 == 0 ? w.eth1 : w.eth0).unplug();
    w.world.run_for(Duration{1s} * (1 + i % 7));
    w.eth0.plug();
    w.eth1.plug();
    w.world.run_for(Duration{3s} * (1 + i % 5));
    expect_same_session();
  }
}

TEST_F(Move, NobodyIsAskedForAnythingDuringAnyOfIt) {  // S13
  EXPECT_FALSE(w.client_->role().poll_ask());
  w.eth0.unplug();
  w.world.run_for(1h);
  EXPECT_FALSE(w.client_->role().poll_ask());
  expect_same_session();
}

TEST(MoveWithoutNat, ToAWayThatTheGatewayRefusesIsNoConnectionAndTheFormerWayIsTakenAgain) {  // RFC 4555 §3.9
  RolesWorld w;
  client::Profile profile = w.profile();
  profile.settings.prohibit_nat = true;
  w.start_gateway();
  w.start_client(std::move(profile), sim::Credentials::with_certificate("anna@example.org").trust());
  ASSERT_TRUE(w.run_until(State::Connected));
  w.world.run_for(2min);
  w.eth0.unplug();
  w.world.run_for(30s);
  EXPECT_EQ(w.state(), State::DormantWaitingToReconnect);
  EXPECT_THAT(w.session().reason, testing::HasSubstr("eth1: UNEXPECTED_NAT_DETECTED"));
  w.eth0.plug();
  EXPECT_TRUE(w.run_until(State::Connected));
  EXPECT_TRUE(w.ping());
  EXPECT_EQ(w.session().link, "eth0");
}

}  // namespace
}  // namespace agilevpn::roles
