// Sessions over time: lost and made anew, idle, dormant, disconnected, and several of one user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/codec.h"
#include "esp/sample_packet.h"
#include "tests/roles/roles_world.h"
#include "tests/roles/stub_gateway.h"

namespace agilevpn::roles {
namespace {

using client::State;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Session, AGatewayThatRestartsIsFoundOutAndConnectedToAnewWithTheSameAddress) {
  RolesWorld w;
  w.connect();
  w.stop_gateway();
  w.world.run_for(1min);
  EXPECT_EQ(w.state(), State::DormantWaitingToReconnect);
  EXPECT_TRUE(w.tunnel());  // So that nothing leaves in the clear.
  w.start_gateway();
  EXPECT_TRUE(w.run_until(State::Connected, 45s));
  EXPECT_TRUE(w.ping());
  EXPECT_THAT(w.session().ike_sa->lease->ipv4, IpAddress::v4(10, 66, 0, 2));
}

TEST(Session, AGatewayOutOfReachForAWhileDoesNotCostTheSession) {
  RolesWorld w;
  w.connect();
  const auto before = w.session().ike_sa;
  w.far.uplink().is_up = false;
  w.world.run_for(10min);
  EXPECT_EQ(w.state(), State::DormantWaitingToReconnect);
  w.far.uplink().is_up = true;
  EXPECT_TRUE(w.run_until(State::Connected, 40s));
  w.world.run_for(1s);
  EXPECT_EQ(w.session().ike_sa->spi_i, before->spi_i);
  EXPECT_TRUE(w.ping());
  EXPECT_THAT(w.sessions(), SizeIs(1));
}

TEST(Session, AnOperatorWhoDisconnectsSeesTheClientComeBack) {
  RolesWorld w;
  w.connect();
  w.gateway([](gateway::Gateway& gateway, Instant now) { gateway.disconnect(now, gateway.sessions().front().id); });
  w.world.run_for(500ms);
  EXPECT_EQ(w.state(), State::Connecting);
  EXPECT_EQ(w.gateway_said.last<gateway::SessionEnded>()->reason, "disconnected by the operator");
  EXPECT_TRUE(w.run_until(State::Connected, 5s));
}

TEST(Session, ANewConfigurationCountsForTheNextPeerAndSparesTheOldOnes) {
  RolesWorld w;
  w.connect();
  w.gateway([&](gateway::Gateway& gateway, Instant now) {
    gateway::Config config = w.config();
    config.rules.front().name = "renamed";
    config.idle_timeout = 1h;
    config.pools.front().prefix = *IpPrefix::parse("10.99.0.0/24");
    EXPECT_THAT(
        gateway.reconfigure(now, std::move(config), sim::Credentials::with_certificate("vpn.example.org").trust()),
        ElementsAre("the address pools"));
    EXPECT_EQ(gateway.config().pools.front().prefix, w.config().pools.front().prefix);
  });
  EXPECT_NE(w.sessions().front().rule, "renamed");
  EXPECT_TRUE(w.ping());
  w.gateway([](gateway::Gateway& gateway, Instant now) { gateway.disconnect(now, gateway.sessions().front().id); });
  w.world.run_for(10s);
  EXPECT_EQ(w.sessions().front().rule, "renamed");
}

TEST(Session, AnIdleSessionIsClosedAndABusyOneIsNot) {  // S61
  RolesWorld w;
  auto config = w.config();
  config.idle_timeout = 5min;
  w.start_gateway(std::move(config));
  w.start_client();
  ASSERT_TRUE(w.run_until(State::Connected));
  for (int i = 0; i < 10; ++i) {
    w.world.run_for(4min);
    EXPECT_TRUE(w.ping());
  }
  EXPECT_EQ(w.gateway_said.last<gateway::SessionEnded>(), nullptr);
  w.world.run_for(2s);  // The data plane reports now and then.
  const auto bytes = w.sessions().front().bytes_in;
  EXPECT_GT(bytes, 0u);
  w.world.run_for(5min + 1s);
  ASSERT_NE(w.gateway_said.last<gateway::SessionEnded>(), nullptr);
  EXPECT_EQ(w.gateway_said.last<gateway::SessionEnded>()->reason, "idle for 300 s");
  EXPECT_EQ(w.gateway_said.last<gateway::SessionEnded>()->bytes_in, bytes);
}

TEST(Session, AClientThatVanishesSleepsAtTheGatewayUntilTheOutageTime) {
  RolesWorld w;
  w.connect();
  w.stop_client();
  w.world.run_for(2min);
  ASSERT_THAT(w.sessions(), SizeIs(1));
  EXPECT_TRUE(w.sessions().front().is_dormant);
  EXPECT_NE(w.gateway_said.last<gateway::SessionDormant>(), nullptr);
  w.world.run_for(32min);
  EXPECT_THAT(w.sessions(), IsEmpty());
  EXPECT_FALSE(w.gateway_->poll_timeout());
}

TEST(Session, AClientThatOnlyAsksWhetherTheGatewayIsThereIsSeen) {  // RFC 7296 §2.4
  RolesWorld w;
  auto config = w.config();
  config.settings.liveness_interval = 0s;
  w.start_gateway(std::move(config));
  auto profile = w.profile();
  profile.settings.liveness_interval = 10s;
  w.start_client(std::move(profile), sim::Credentials::with_certificate("anna@example.org").trust());
  w.world.run_for(5min);
  EXPECT_GT(w.sessions().front().last_seen, w.world.now() - 15s);
}

TEST(Session, TwoDevicesOfOneUserHaveTwoAddresses) {
  RolesWorld w;
  w.connect();
  const auto phone = w.add_client(w.home, w.profile(), sim::Credentials::with_certificate("anna@example.org").trust());
  w.world.run_for(5s);
  EXPECT_EQ(phone->role().state(), State::Connected);
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_NE(phone->role().session().ike_sa->lease->ipv4, w.session().ike_sa->lease->ipv4);
}

TEST(Session, IfOnlyOneIsAllowedTheNewerReplacesTheOlder) {
  RolesWorld w;
  auto config = w.config();
  config.uniqueness = gateway::Uniqueness::Replace;
  w.start_gateway(std::move(config));
  w.start_client();
  ASSERT_TRUE(w.run_until(State::Connected));
  w.stop_client();
  w.start_client();
  w.world.run_for(5s);
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_THAT(w.sessions(), SizeIs(1));
}

TEST(Session, AfterACrashTheOnlyDeviceOfAUserReplacesItsSessionAndKeepsItsAddress) {  // RFC 7296 §2.4
  RolesWorld w;
  w.start_gateway();
  const auto start = [&] {
    auto profile = w.profile();
    profile.is_only_device = true;
    w.start_client(std::move(profile), sim::Credentials::with_certificate("anna@example.org").trust());
  };
  start();
  ASSERT_TRUE(w.run_until(State::Connected));
  const auto address = w.session().ike_sa->lease->ipv4;
  w.stop_client();
  start();
  w.world.run_for(1s);
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_THAT(w.sessions(), SizeIs(1));
  EXPECT_EQ(w.session().ike_sa->lease->ipv4, address);
  EXPECT_EQ(w.gateway_said.last<gateway::SessionEnded>()->reason, "the same peer connected anew");
  EXPECT_TRUE(w.ping());
}

TEST(Session, AfterACrashAClientThatComesFromWhereItWasHasItsAddressAgain) {
  for (const bool is_behind_nat : {false, true}) {
    RolesWorld w;
    if (is_behind_nat) w.eth0.unplug();
    w.connect();
    const auto address = w.session().ike_sa->lease->ipv4;
    w.stop_client();
    w.start_client();
    w.world.run_for(1s);
    ASSERT_EQ(w.state(), State::Connected);
    EXPECT_EQ(w.session().ike_sa->lease->ipv4, address);
    EXPECT_TRUE(w.ping()) << "while nobody answers the Delete of the older one";
    w.world.run_for(5s);
    EXPECT_THAT(w.sessions(), SizeIs(1));
    ASSERT_NE(w.gateway_said.last<gateway::SessionEnded>(), nullptr);
    EXPECT_EQ(w.gateway_said.last<gateway::SessionEnded>()->reason, "its client connected anew");
    EXPECT_TRUE(w.ping());
  }
}

TEST(Session, TwoDevicesOfOneUserBehindOneNatAreTwo) {
  RolesWorld w;
  w.eth0.unplug();
  w.connect();
  const auto phone = w.add_client(w.home, w.profile(), sim::Credentials::with_certificate("anna@example.org").trust());
  w.world.run_for(5s);
  EXPECT_EQ(phone->role().state(), State::Connected);
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_THAT(w.sessions(), SizeIs(2));
}

TEST(Session, ANatMayGiveAClientThePort500) {
  RolesWorld w;
  w.connect();
  sim::Segment& segment =
      w.world.add_segment({.name = "odd",
                           .v4 = IpPrefix::parse("172.16.2.0/24"),
                           .nat = sim::NatOptions{.outside = IpAddress::v4(198, 51, 100, 77), .first_port = ike_port}});
  const auto phone = w.add_client(segment, w.profile(), sim::Credentials::with_certificate("anna@example.org").trust());
  w.world.run_for(5s);
  ASSERT_EQ(phone->role().state(), State::Connected) << phone->role().session().reason;
  const auto sessions = w.sessions();
  ASSERT_THAT(sessions, SizeIs(2));
  EXPECT_EQ(sessions[1].ike_sa->path.peer.port, ike_port);
  w.world.run_for(10min);
  EXPECT_EQ(phone->role().state(), State::Connected) << "each hears that the other is alive";
  EXPECT_THAT(w.sessions(), SizeIs(2));
}

TEST(Session, AGatewayThatShutsDownSaysGoodbye) {
  RolesWorld w;
  w.connect();
  w.gateway([](gateway::Gateway& gateway, Instant now) { gateway.shut_down(now); });
  w.world.run_for(200ms);
  EXPECT_THAT(w.sessions(), IsEmpty());
  EXPECT_EQ(w.state(), State::Connecting);
}

TEST(Session, WithoutChildSaItIsGivenUpAfterAFewRefusalsAndMadeAnew) {
  RolesWorld w;
  w.connect();
  w.client([](client::Connection& connection, Instant) { connection.log_keys(true); });
  const auto ike_sa = *w.session().ike_sa;
  w.stop_gateway();
  {
    StubGateway gateway{w.gateway_host, ike_sa, w.key_log()};
    gateway.delete_child_sa(ike_sa.child_sas.front().spi_outbound);
    ASSERT_TRUE(w.run_until(State::Connecting, 20s));
    ASSERT_THAT(gateway.refusals, SizeIs(4));
    EXPECT_GT(gateway.refusals[3] - gateway.refusals[2], gateway.refusals[1] - gateway.refusals[0]);
    EXPECT_THAT(w.session().reason, testing::HasSubstr("NO_PROPOSAL_CHOSEN"));
    EXPECT_TRUE(w.tunnel());  // So that nothing leaves in the clear.
  }
  w.start_gateway();
  EXPECT_TRUE(w.run_until(State::Connected, 45s));
  EXPECT_TRUE(w.ping());
}

TEST(Session, WithoutMobikeAMoveMakesTheSessionAnewAndKeepsTheAddress) {  // S28
  RolesWorld w;
  auto config = w.config();
  config.settings.mobike = false;
  w.start_gateway(std::move(config));
  w.start_client();
  ASSERT_TRUE(w.run_until(State::Connected));
  w.world.run_for(1min);
  EXPECT_FALSE(w.session().ike_sa->is_mobike);
  EXPECT_TRUE(w.ping());
  w.world.run_for(10s);
  EXPECT_GT(w.session().bytes_in, 0u);
  w.eth0.unplug();
  w.world.run_for(1500ms);
  EXPECT_EQ(w.session().bytes_in, 0u);  // What the old session's Child SA carried is not the new one's.
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_EQ(w.session().link, "eth1");
  EXPECT_EQ(w.session().ike_sa->lease->ipv4, IpAddress::v4(10, 66, 0, 2));
  EXPECT_TRUE(w.ping());
}

TEST(Session, RekeyingLeavesTheSessionAndItsTrafficAlone) {
  RolesWorld w;
  w.connect();
  const auto before = w.session();
  w.world.run_for(5h);
  const auto after = w.session();
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_EQ(after.connected_since, before.connected_since);
  EXPECT_NE(after.ike_sa->spi_i, before.ike_sa->spi_i);
  EXPECT_TRUE(w.ping());
}

// A packet each way every so often, with the time when it was sent, and what of them arrives.
class Streams {
 public:
  static constexpr Duration pause = 1ms;
  struct Stream {
    std::uint64_t sent = 0, arrived = 0;
    Duration one_way{};
    Duration lost() const { return static_cast<std::int64_t>(sent - arrived) * pause; }
  };

  explicit Streams(RolesWorld& w) : w_(w), own_(*w.session().ike_sa->lease->ipv4) {
    w.gateway_->on_packet = [this](const auto& opened) { note(up, opened.inner_packet); };
    w.client_->on_packet = [this](const auto& opened) { note(down, opened.inner_packet); };
  }
  void run_for(Duration duration) {
    for (const Instant end = w_.world.now() + duration; w_.world.now() < end; w_.world.run_for(pause)) {
      ++up.sent;
      ++down.sent;
      w_.client_->send(packet(own_, server_));
      w_.gateway_->send(packet(server_, own_));
    }
    w_.world.run_for(1s);  // What is on its way arrives.
  }

  Stream up, down;

 private:
  Bytes packet(const IpAddress& from, const IpAddress& to) const {
    const auto now = static_cast<std::uint64_t>(w_.world.now().time_since_epoch().count());
    return esp::SamplePacket{.source = from, .destination = to, .payload = Writer{}.u64(now).take()}.build();
  }
  void note(Stream& stream, ByteView packet) const {
    ++stream.arrived;
    const auto then = Reader{packet.last(sizeof(std::uint64_t))}.u64("time").value();
    stream.one_way = w_.world.now().time_since_epoch() - Duration{static_cast<std::int64_t>(then)};
  }

  RolesWorld& w_;
  IpAddress own_, server_ = IpAddress::v4(192, 168, 10, 2);
};

// What is on its way when the gateway takes its end away, until the Delete arrives, and while the next is asked for.
TEST(Session, AHardLifetimeOfAChildSaCostsASteadyStreamTwoRoundTripsAtMost) {  // S84
  for (const Duration latency : {5ms, 20ms, 100ms}) {
    RolesWorld w;
    w.far.uplink().latency = latency;
    auto config = w.config();
    config.settings.child_rekey = 0s;
    config.settings.child_lifetime = 1min;
    auto profile = w.profile();
    profile.settings.child_rekey = 0s;
    w.start_gateway(std::move(config));
    w.start_client(std::move(profile), sim::Credentials::with_certificate("anna@example.org").trust());
    ASSERT_TRUE(w.run_until(State::Connected));
    const EspSpi first = w.session().ike_sa->child_sas.at(0).spi_inbound;
    w.world.run_for(57s);
    Streams streams{w};
    streams.run_for(6s);
    EXPECT_NE(w.session().ike_sa->child_sas.at(0).spi_inbound, first);
    const Duration round_trip = streams.up.one_way + streams.down.one_way;
    const auto name = std::to_string(round_trip / 1ms) + " ms";
    RecordProperty("lost up at " + name, std::to_string(streams.up.lost() / 1ms) + " ms");
    RecordProperty("lost down at " + name, std::to_string(streams.down.lost() / 1ms) + " ms");
    EXPECT_GT(streams.up.lost(), 0ms) << "it did end";
    EXPECT_LE(streams.up.lost(), 2 * round_trip + 2 * Streams::pause) << name;
    EXPECT_LE(streams.down.lost(), 2 * round_trip + 2 * Streams::pause) << name;
    EXPECT_EQ(w.state(), State::Connected);
  }
}

}  // namespace
}  // namespace agilevpn::roles
