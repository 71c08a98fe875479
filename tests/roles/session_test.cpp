// Sessions over time: lost and made anew, idle, dormant, disconnected, and several of one user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/roles/roles_world.h"

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
  w.start_gateway();
  EXPECT_TRUE(w.run_until(State::Connected, 45s));
  EXPECT_TRUE(w.ping());
  EXPECT_THAT(w.client_->role().session().ike_sa->lease->ipv4, IpAddress::v4(10, 66, 0, 2));
  for (const auto& change : w.client_->host_changes()) EXPECT_TRUE(std::holds_alternative<client::TunnelUp>(change));
}

TEST(Session, AGatewayOutOfReachForAWhileDoesNotCostTheSession) {
  RolesWorld w;
  w.connect();
  const auto before = w.client_->role().session().ike_sa;
  w.far.uplink().is_up = false;
  w.world.run_for(10min);
  EXPECT_EQ(w.state(), State::DormantWaitingToReconnect);
  w.far.uplink().is_up = true;
  EXPECT_TRUE(w.run_until(State::Connected, 40s));
  w.world.run_for(1s);
  EXPECT_EQ(w.client_->role().session().ike_sa->spi_i, before->spi_i);
  EXPECT_TRUE(w.ping());
  EXPECT_THAT(w.gateway_->role().sessions(), SizeIs(1));
}

TEST(Session, AnOperatorWhoDisconnectsSeesTheClientComeBack) {
  RolesWorld w;
  w.connect();
  w.gateway_->command(
      [](gateway::Gateway& gateway, Instant now) { gateway.disconnect(now, gateway.sessions().front().id); });
  w.world.run_for(500ms);
  EXPECT_EQ(w.state(), State::Connecting);
  EXPECT_EQ(w.gateway_->last<gateway::SessionEnded>()->reason, "disconnected by the operator");
  EXPECT_TRUE(w.run_until(State::Connected, 5s));
}

TEST(Session, AnIdleSessionIsClosedAndABusyOneIsNot) {  // S61
  RolesWorld w;
  auto config = w.config();
  config.idle_timeout = 5min;
  w.start_gateway(std::move(config), sim::Credentials::with_certificate("vpn.example.org").trust());
  w.start_client();
  ASSERT_TRUE(w.run_until(State::Connected));
  for (int i = 0; i < 10; ++i) {
    w.world.run_for(4min);
    EXPECT_TRUE(w.ping());
  }
  EXPECT_EQ(w.gateway_->last<gateway::SessionEnded>(), nullptr);
  const auto bytes = w.gateway_->role().sessions().front().bytes_in;
  EXPECT_GT(bytes, 0u);
  w.world.run_for(5min + 1s);
  ASSERT_NE(w.gateway_->last<gateway::SessionEnded>(), nullptr);
  EXPECT_EQ(w.gateway_->last<gateway::SessionEnded>()->reason, "idle for 300 s");
  EXPECT_EQ(w.gateway_->last<gateway::SessionEnded>()->bytes_in, bytes);
}

TEST(Session, AClientThatVanishesSleepsAtTheGatewayUntilTheOutageTime) {
  RolesWorld w;
  w.connect();
  w.client_.reset();
  w.world.run_for(2min);
  ASSERT_THAT(w.gateway_->role().sessions(), SizeIs(1));
  EXPECT_TRUE(w.gateway_->role().sessions().front().is_dormant);
  EXPECT_NE(w.gateway_->last<gateway::SessionDormant>(), nullptr);
  w.world.run_for(32min);
  EXPECT_THAT(w.gateway_->role().sessions(), IsEmpty());
  EXPECT_FALSE(w.gateway_->poll_timeout());
}

TEST(Session, TwoDevicesOfOneUserHaveTwoAddresses) {
  RolesWorld w;
  w.connect();
  sim::Host& phone_host = w.world.add_host("phone");
  phone_host.add_interface(w.home);
  ClientHost phone{phone_host,
                   std::make_unique<client::Connection>(
                       w.profile(), sim::Credentials::with_certificate("anna@example.org").trust(), w.world.random())};
  phone.command([](client::Connection& connection, Instant now) { connection.up(now); });
  w.world.run_for(5s);
  EXPECT_EQ(phone.role().state(), State::Connected);
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_NE(phone.role().session().ike_sa->lease->ipv4, w.client_->role().session().ike_sa->lease->ipv4);
}

TEST(Session, IfOnlyOneIsAllowedTheNewerReplacesTheOlder) {
  RolesWorld w;
  auto config = w.config();
  config.uniqueness = gateway::Uniqueness::Replace;
  w.start_gateway(std::move(config), sim::Credentials::with_certificate("vpn.example.org").trust());
  w.start_client();
  ASSERT_TRUE(w.run_until(State::Connected));
  w.client_.reset();
  w.start_client();
  w.world.run_for(5s);
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_THAT(w.gateway_->role().sessions(), SizeIs(1));
}

TEST(Session, AGatewayThatShutsDownSaysGoodbye) {
  RolesWorld w;
  w.connect();
  w.gateway_->command([](gateway::Gateway& gateway, Instant now) { gateway.shut_down(now); });
  w.world.run_for(200ms);
  EXPECT_THAT(w.gateway_->role().sessions(), IsEmpty());
  EXPECT_EQ(w.state(), State::Connecting);
}

TEST(Session, WithoutMobikeAMoveMakesTheSessionAnewAndKeepsTheAddress) {  // S28
  RolesWorld w;
  auto config = w.config();
  config.settings.mobike = false;
  w.start_gateway(std::move(config), sim::Credentials::with_certificate("vpn.example.org").trust());
  w.start_client();
  ASSERT_TRUE(w.run_until(State::Connected));
  w.world.run_for(1min);
  EXPECT_FALSE(w.client_->role().session().ike_sa->is_mobike);
  w.eth0.unplug();
  w.world.run_for(1s);
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_EQ(w.client_->role().session().link, "eth1");
  EXPECT_EQ(w.client_->role().session().ike_sa->lease->ipv4, IpAddress::v4(10, 66, 0, 2));
  EXPECT_TRUE(w.ping());
}

TEST(Session, RekeyingLeavesTheSessionAndItsTrafficAlone) {
  RolesWorld w;
  w.connect();
  const auto before = w.client_->role().session();
  w.world.run_for(5h);
  const auto after = w.client_->role().session();
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_EQ(after.connected_since, before.connected_since);
  EXPECT_NE(after.ike_sa->spi_i, before.ike_sa->spi_i);
  EXPECT_TRUE(w.ping());
}

}  // namespace
}  // namespace agilevpn::roles
