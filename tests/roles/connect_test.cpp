// A client and a gateway find each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/limits.h"
#include "tests/roles/roles_world.h"

namespace agilevpn::roles {
namespace {

using client::State;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Connect, WithCertificatesTheClientGetsAnAddressRoutesAndDns) {
  RolesWorld w;
  w.connect();
  EXPECT_THAT(w.states(), ElementsAre("Connecting", "Connected"));
  ASSERT_TRUE(w.tunnel());
  const client::TunnelUp& tunnel = *w.tunnel();
  EXPECT_THAT(tunnel.addresses, ElementsAre(*IpPrefix::parse("10.66.0.2/32")));
  EXPECT_THAT(tunnel.routes, ElementsAre(*IpPrefix::parse("192.168.10.0/24")));
  EXPECT_THAT(tunnel.dns, ElementsAre(IpAddress::v4(10, 66, 0, 1)));
  EXPECT_THAT(tunnel.domains, ElementsAre("corp.example.org"));
  EXPECT_THAT(tunnel.outside, testing::Contains(IpAddress::v4(203, 0, 113, 2)));
  EXPECT_EQ(tunnel.mtu, 1400u);
  EXPECT_TRUE(w.ping());
}

TEST(Connect, StatusSaysWhichAdapterWhichAddressesAndWhoTheClientIs) {
  RolesWorld w;
  w.connect();
  const auto session = w.session();
  EXPECT_EQ(session.link, "eth0");
  EXPECT_EQ(session.path->local.to_string(), "192.0.2.2:4500");
  EXPECT_EQ(session.path->peer.to_string(), "203.0.113.2:4500");
  EXPECT_TRUE(session.ike_sa->is_mobike);
  EXPECT_FALSE(session.ike_sa->is_local_behind_nat);
  EXPECT_GT(session.round_trip, Duration{});
  EXPECT_EQ(session.tunnel, w.tunnel());
  const auto sessions = w.sessions();
  ASSERT_THAT(sessions, SizeIs(1));
  EXPECT_EQ(sessions.front().peer.to_string(), "anna@example.org");
  EXPECT_EQ(sessions.front().rule, "staff");
  EXPECT_NE(w.gateway_said.last<gateway::SessionStarted>(), nullptr);
}

TEST(Connect, WithAPreSharedKey) {
  RolesWorld w;
  const auto key = [] { return Secret::copy_of(as_bytes("correct horse battery staple")); };
  auto config = w.config();
  config.certificate.reset();
  config.rules.front().certificate.reset();
  config.rules.front().psk_users.push_back({ike::wire::Identity::parse("bert"), key()});
  w.start_gateway(std::move(config), ike::Credentials{crypto::Verifier{{}, {}}});
  auto profile = w.profile();
  profile.local = ike::wire::Identity::parse("bert");
  profile.auth = ike::PskAuth{key()};
  w.start_client(std::move(profile), ike::Credentials{crypto::Verifier{{}, {}}});
  EXPECT_TRUE(w.run_until(State::Connected));
  EXPECT_TRUE(w.ping());
}

TEST(Connect, PskAndCertificatePeersAreServedAtOnce) {
  RolesWorld w;
  auto config = w.config();
  config.rules.front().psk_users.push_back(
      {ike::wire::Identity::parse("bert"), Secret::copy_of(as_bytes("a long shared secret"))});
  w.start_gateway(std::move(config));
  auto profile = w.profile();
  profile.local = ike::wire::Identity::parse("bert");
  profile.auth = ike::PskAuth{Secret::copy_of(as_bytes("a long shared secret"))};
  const auto bert = w.add_client(w.lan, std::move(profile), ike::Credentials{crypto::Verifier{{}, {}}});
  w.start_client();
  EXPECT_TRUE(w.run_until(State::Connected));
  EXPECT_EQ(bert->role().state(), State::Connected);
  EXPECT_THAT(w.sessions(), SizeIs(2));
}

TEST(Connect, ANameIsResolvedByTheWorldAndAgainIfItFails) {
  RolesWorld w;
  w.start_gateway();
  auto profile = w.profile();
  profile.gateway = "vpn.example.org";
  profile.remote.reset();
  w.start_client(std::move(profile), sim::Credentials::with_certificate("anna@example.org").trust());
  w.world.run_for(1s);
  EXPECT_EQ(w.client_said.last<client::ConnectFailed>()->reason, "vpn.example.org does not resolve: no such name");
  w.names["vpn.example.org"] = w.wan.addresses();
  EXPECT_TRUE(w.run_until(State::Connected, 10s));
}

TEST(Connect, ANameServerThatIsSilentIsToldBeforeTheResolverGivesUp) {
  RolesWorld w;
  auto profile = w.profile();
  profile.gateway = "vpn.example.org";
  client::Connection connection(std::move(profile), sim::Credentials::with_certificate("anna@example.org").trust(),
                                w.world.random());
  const Instant now = w.world.now();
  connection.up(now);
  EXPECT_EQ(connection.poll_resolve(), "vpn.example.org");
  connection.handle_timeout(now + client::limits::lookup_patience);
  EXPECT_EQ(connection.session().reason, "vpn.example.org does not resolve: no name server has answered yet");
}

TEST(Connect, AnAddressThatDoesNotAnswerGivesWayToTheNextWithinTwoSeconds) {
  RolesWorld w;
  w.start_gateway();
  auto profile = w.profile();
  profile.gateway = "vpn.example.org";
  w.start_client(std::move(profile), sim::Credentials::with_certificate("anna@example.org").trust());
  w.client([&](client::Connection& connection, Instant now) {
    connection.handle_resolved(now, {IpAddress::v4(203, 0, 113, 99), IpAddress::v4(203, 0, 113, 2)});
  });
  EXPECT_TRUE(w.run_until(State::Connected, 2s));
}

TEST(Connect, WithoutANetworkItWaitsForOne) {
  RolesWorld w;
  w.eth0.unplug();
  w.eth1.unplug();
  w.start_gateway();
  w.start_client();
  w.world.run_for(1min);
  EXPECT_EQ(w.session().reason, "no network leads to 203.0.113.2");
  w.eth1.plug();
  EXPECT_TRUE(w.run_until(State::Connected, 1s));
}

TEST(Connect, AGatewayThatNeverAnswersIsGivenUpAfterTheOutageTime) {
  RolesWorld w;
  w.start_client();
  w.world.run_for(4s);
  EXPECT_EQ(w.client_said.last<client::GatewaySilent>()->reason, "203.0.113.2 does not answer");
  EXPECT_TRUE(w.run_until(State::Failed, 31min));
  EXPECT_EQ(std::ranges::count_if(w.client_said.events,
                                  [](const auto& fact) { return std::holds_alternative<client::GatewaySilent>(fact); }),
            1);
  EXPECT_EQ(w.session().reason, "not connected within the network outage time: 203.0.113.2 does not answer");
  EXPECT_FALSE(w.client_->poll_timeout());
}

// bert with this key, at a gateway that knows him by `known`.
client::Profile profile_of_bert(const RolesWorld& w, std::string_view key) {
  client::Profile profile = w.profile();
  profile.local = ike::wire::Identity::parse("bert");
  profile.auth = ike::PskAuth{Secret::copy_of(as_bytes(key))};
  return profile;
}
gateway::Config config_with_bert(const RolesWorld& w, std::string_view key) {
  gateway::Config config = w.config();
  config.rules.front().psk_users.push_back({ike::wire::Identity::parse("bert"), Secret::copy_of(as_bytes(key))});
  return config;
}
ike::Credentials no_credentials() { return ike::Credentials{crypto::Verifier{{}, {}}}; }

// bert was connected; since then the gateway takes another key only, and the next attempt is seconds away.
struct BackOff : testing::Test {
  RolesWorld w;
  void SetUp() override {
    w.start_gateway(config_with_bert(w, "the first key"));
    w.start_client(profile_of_bert(w, "the first key"), no_credentials());
    ASSERT_TRUE(w.run_until(State::Connected));
    set_key("another key");
    w.gateway([](gateway::Gateway& gateway, Instant now) { gateway.disconnect(now, gateway.sessions().front().id); });
    w.world.run_for(100s);
    ASSERT_EQ(w.state(), State::Connecting);
    ASSERT_GT(w.session().retry_at, w.world.now() + 5s);
  }
  void set_key(std::string_view key) {
    w.gateway([&](gateway::Gateway& gateway, Instant now) {
      gateway.reconfigure(now, config_with_bert(w, key), sim::Credentials::with_certificate("vpn.example.org").trust());
    });
  }
};

TEST_F(BackOff, EndsWhenTheUserSaysUp) {
  set_key("the first key");
  w.client([](client::Connection& connection, Instant now) { connection.up(now); });
  EXPECT_TRUE(w.run_until(State::Connected, 1s));
  EXPECT_TRUE(w.ping());
}

TEST_F(BackOff, EndsWithAnotherLogin) {
  w.client([&](client::Connection& connection, Instant now) {
    EXPECT_TRUE(connection.change_login(now, profile_of_bert(w, "another key"), no_credentials()));
  });
  EXPECT_TRUE(w.run_until(State::Connected, 1s));
  w.client([&](client::Connection& connection, Instant now) {
    EXPECT_FALSE(connection.change_login(now, profile_of_bert(w, "the first key"), no_credentials()));
  });
  EXPECT_TRUE(w.ping()) << "a session stays as it is";
}

TEST(Connect, DownLeavesNothingBehindOnEitherSide) {
  RolesWorld w;
  w.connect();
  w.client([](client::Connection& connection, Instant now) { connection.down(now); });
  w.world.run_for(5s);
  EXPECT_EQ(w.state(), State::Off);
  EXPECT_FALSE(w.tunnel());
  EXPECT_THAT(w.client_->data_plane().child_sas(), IsEmpty());
  EXPECT_THAT(w.gateway_->data_plane().child_sas(), IsEmpty());
  EXPECT_THAT(w.sessions(), IsEmpty());
  EXPECT_FALSE(w.client_->poll_timeout());
  w.client([](client::Connection& connection, Instant now) { connection.up(now); });
  EXPECT_TRUE(w.run_until(State::Connected));
}

TEST(Connect, AGoodbyeThatIsLostIsSaidAgainBeforeTheSocketGoes) {
  RolesWorld w;
  w.connect();
  EXPECT_FALSE(w.client_->role().is_at_rest());
  w.lan.uplink().loss = 1;
  w.client([](client::Connection& connection, Instant now) { connection.down(now); });
  EXPECT_FALSE(w.client_->role().is_at_rest());
  EXPECT_THAT(w.sessions(), SizeIs(1));
  w.lan.uplink().loss = 0;
  EXPECT_TRUE(w.world.run_until([&] { return w.client_->role().is_at_rest(); }, 2s));
  EXPECT_THAT(w.sessions(), IsEmpty());
}

}  // namespace
}  // namespace agilevpn::roles
