// A gateway with RADIUS servers, over a simulated network: they are told of sessions, and give orders. Time is virtual.
#include <gmock/gmock.h>

#include "esp/sample_packet.h"
#include "radius/fake_server.h"
#include "sim/role_host.h"
#include "sim/world.h"

namespace agilevpn::sim {
namespace {

using radius::AcctTerminateCause;
using radius::Attributes;
using radius::Code;
using radius::Type;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* radius_gateway_name = "vpn.example.org";
const SocketAddress orderer{IpAddress::v4(192, 0, 2, 200), 40000};

// A gateway for clients with certificates, whose RADIUS server is there as long as it `is_up`.
class Radius : public testing::Test {
 protected:
  Radius() { start(gateway_config()); }

  gateway::Config gateway_config() const {
    const auto credentials = Credentials::with_certificate(radius_gateway_name);
    gateway::Config config{.name = radius_gateway_name, .identity = credentials.identity};
    config.certificate = std::get<ike::CertificateAuth>(credentials.local_auth());
    config.pools = {{"v4", *IpPrefix::parse("10.66.0.0/24"), {}}};
    config.rules.resize(1);
    config.rules[0].name = "default";
    config.rules[0].pools = {"v4"};
    config.rules[0].certificate = {.purpose = crypto::CertificateRules::Purpose::Client};
    config.outage_time = 1min;
    config.accounting.push_back({.name = "radius1", .secret = radius::test_secret()});
    config.dynamic_authorization.servers.push_back({orderer.address, radius::test_secret()});
    return config;
  }

  // Its server knows passwords, and no EAP.
  gateway::Config password_config() const {
    auto config = gateway_config();
    config.radius.push_back({.name = "radius1", .secret = radius::test_secret()});
    config.radius_checks_passwords = true;
    return config;
  }

  void start(gateway::Config config) {
    gateway.reset();
    gateway = std::make_unique<GatewayHost>(
        gateway_machine,
        std::make_unique<gateway::Gateway>(std::move(config),
                                           Credentials::with_certificate(radius_gateway_name).trust(), world.random()));
    gateway->radius = [this](const gateway::RadiusTransmit& transmit) {
      const bool is_login = transmit.channel.purpose == gateway::RadiusChannel::Purpose::Logins;
      return (is_login ? login_server : server).handle(transmit.datagram);
    };
    gateway->on_event = [this](const gateway::Event& event) { said.push_back(gateway::to_record(event).sentence); };
    world.run_for(1s);
  }

  std::unique_ptr<ClientHost> make_client(const std::string& name = "anna@example.org", bool by_eap = false,
                                          const std::string& kept_password = "x") {
    Host& machine = world.add_host(name);
    machine.add_interface(office);
    const auto credentials = Credentials::with_certificate(name);
    client::Profile profile{.name = "office",
                            .gateway = radius_gateway_name,
                            .local = credentials.identity,
                            .auth = credentials.local_auth()};
    profile.requests_ipv6 = wants_ipv6;
    if (by_eap) {
      profile.auth = ike::EapAuth{};
      profile.eap = client::EapLogin{.user = name,
                                     .anonymous = {},
                                     .methods = {eap::Type::Gtc},
                                     .password = Secret{to_bytes(kept_password)},
                                     .mschap = {}};
    }
    auto host = std::make_unique<ClientHost>(
        machine, std::make_unique<client::Connection>(std::move(profile), Credentials::with_certificate(name).trust(),
                                                      world.random()));
    host->resolve = [this](const std::string&) { return gateway_address.addresses(); };
    host->command([](client::Connection& connection, Instant now) { connection.up(now); });
    return host;
  }
  void answer(ClientHost& client, std::string_view said) {
    client.command(
        [&](client::Connection& connection, Instant now) { connection.handle_user(now, Secret{to_bytes(said)}); });
    world.run_for(5s);
  }
  static std::string password(const radius::Packet& request) {
    const auto hidden = request.attributes.find(Type::UserPassword);
    return to_text(radius::reveal_password(hidden->value, request.authenticator, radius::test_secret())->view());
  }
  std::unique_ptr<ClientHost> connected() {
    auto client = make_client();
    world.run_for(3s);
    CHECK(client->role().state() == client::State::Connected);
    return client;
  }
  // From the client, if it is anybody's; of 20 + 8 + 100 octets.
  void send(ClientHost& client, IpAddress to = IpAddress::v4(192, 168, 10, 2)) {
    CHECK(client.send(esp::SamplePacket{
        .source = client.tunnel()->addresses.front().address, .destination = to, .payload = Bytes(100)}
                          .build()));
  }

  std::vector<std::uint32_t> statuses() const {
    std::vector<std::uint32_t> found;
    for (const radius::Packet& one : server.requests) found.push_back(*one.attributes.integer(Type::AcctStatusType));
    return found;
  }
  const Attributes& last() const { return server.requests.back().attributes; }
  // What the gateway answers to an order: "Disconnect-ACK", "CoA-NAK 503".
  std::string order(Code code, Attributes attributes) {
    const Bytes request = radius::seal_request(
        {.code = code, .identifier = ++orders, .authenticator = {}, .attributes = std::move(attributes)},
        radius::test_secret());
    std::string answer = "nothing";
    gateway->command([&](gateway::Gateway& it, Instant now) { it.handle_order(now, {orderer}, request); });
    gateway->command([&](gateway::Gateway& it, Instant) {
      const auto transmit = it.poll_order_answer();
      if (!transmit) return;
      const auto packet = radius::decode(transmit->datagram);
      const auto cause = packet->attributes.integer(Type::ErrorCause);
      answer = to_string(packet->code) + (cause ? " " + std::to_string(*cause) : "");
    });
    return answer;
  }

  World world{1};
  Segment& office = world.add_segment({.name = "office", .v4 = IpPrefix::parse("192.0.2.0/24")});
  Host& gateway_machine = world.add_host("gateway");
  Interface& gateway_address = gateway_machine.add_interface(office);
  radius::FakeServer server, login_server;
  std::unique_ptr<GatewayHost> gateway;
  std::vector<std::string> said;
  bool wants_ipv6 = true;
  std::uint8_t orders = 0;
};

TEST_F(Radius, ASessionIsToldFromStartToStopWithAllThatPassed) {
  const auto client = connected();
  EXPECT_THAT(statuses(), ElementsAre(7, 1));
  const std::string id = *last().text(Type::AcctSessionId);
  for (int i = 0; i < 5; ++i) send(*client);
  world.run_for(100ms);  // Nobody has asked the data plane since.
  client->command([](client::Connection& connection, Instant now) { connection.down(now); });
  world.run_for(1s);
  EXPECT_THAT(statuses(), ElementsAre(7, 1, 2));
  EXPECT_EQ(last().text(Type::AcctSessionId), id);
  EXPECT_EQ(last().integer(Type::AcctInputOctets), 5u * 128u);
  EXPECT_EQ(last().integer(Type::AcctInputPackets), 5u);
  EXPECT_EQ(last().integer(Type::AcctOutputOctets), 0u);
  EXPECT_EQ(last().integer(Type::AcctTerminateCause), static_cast<std::uint32_t>(AcctTerminateCause::UserRequest));
  EXPECT_EQ(last().ipv4(Type::FramedIpAddress), IpAddress::v4(10, 66, 0, 1));
  EXPECT_EQ(last().integer(Type::AcctAuthentic), static_cast<std::uint32_t>(radius::AcctAuthentic::Local));
}

TEST_F(Radius, WhatAChildSaCarriedBeforeItsRekeyIsCountedToo) {
  const auto client = connected();
  for (int i = 0; i < 3; ++i) send(*client);
  client->command([](client::Connection& connection, Instant now) { connection.rekey_child_sas(now); });
  world.run_for(10s);
  for (int i = 0; i < 4; ++i) send(*client);
  client->command([](client::Connection& connection, Instant now) { connection.down(now); });
  world.run_for(1s);
  EXPECT_EQ(last().integer(Type::AcctInputOctets), 7u * 128u);
}

TEST_F(Radius, ASessionThatGoesOnIsToldNowAndThen) {
  auto config = gateway_config();
  config.interim_interval = 10min;
  start(std::move(config));
  server.requests.clear();
  const auto client = connected();
  world.run_for(31min);
  EXPECT_THAT(statuses(), ElementsAre(7, 1, 3, 3, 3));
  EXPECT_EQ(last().integer(Type::AcctSessionTime), 1800u);
}

TEST_F(Radius, ASilentAccountingServerStopsNothingAndHearsAllOfItLater) {
  server.is_up = false;
  auto client = connected();
  client->command([](client::Connection& connection, Instant now) { connection.down(now); });
  world.run_for(3s);
  EXPECT_THAT(gateway->role().sessions(), IsEmpty());
  client.reset();
  world.run_for(1min);
  server.is_up = true;
  world.run_for(10min);
  EXPECT_THAT(statuses(), ElementsAre(7, 1, 2));
}

TEST_F(Radius, AGatewayThatStopsWaitsUntilAllIsTold) {
  const auto client = connected();
  gateway->command([](gateway::Gateway& it, Instant now) { it.shut_down(now); });
  EXPECT_FALSE(gateway->role().has_shut_down());
  world.run_for(1s);
  EXPECT_TRUE(gateway->role().has_shut_down());
  EXPECT_THAT(statuses(), ElementsAre(7, 1, 2, 8));
  EXPECT_EQ(server.requests[2].attributes.integer(Type::AcctTerminateCause),
            static_cast<std::uint32_t>(AcctTerminateCause::AdminReboot));
}

TEST_F(Radius, AnOrderEndsTheSessionThatItNames) {
  const auto client = connected();
  EXPECT_EQ(order(Code::DisconnectRequest, Attributes{}.add_text(Type::UserName, "bert")), "Disconnect-NAK 503");
  EXPECT_EQ(order(Code::DisconnectRequest, Attributes{}
                                               .add_text(Type::UserName, "anna@example.org")
                                               .add_address(Type::FramedIpAddress, IpAddress::v4(10, 66, 0, 99))),
            "Disconnect-NAK 503");
  EXPECT_EQ(
      order(Code::DisconnectRequest, Attributes{}.add_address(Type::FramedIpAddress, IpAddress::v4(10, 66, 0, 1))),
      "Disconnect-ACK");
  world.run_for(900ms);
  EXPECT_THAT(gateway->role().sessions(), IsEmpty());
  EXPECT_NE(client->role().state(), client::State::Connected);
  EXPECT_EQ(last().integer(Type::AcctTerminateCause), static_cast<std::uint32_t>(AcctTerminateCause::AdminReset));
}

TEST_F(Radius, ASessionTimeoutThatIsOrderedCountsFromNowOn) {
  const auto client = connected();
  world.run_for(10min);
  const auto by_name = Attributes{}.add_text(Type::UserName, "anna@example.org");
  EXPECT_EQ(order(Code::CoaRequest, Attributes{by_name}.add_integer(Type::SessionTimeout, 60)), "CoA-ACK");
  EXPECT_THAT(said, testing::Contains(HasSubstr("Session-Timeout = 60")));
  world.run_for(59s);
  EXPECT_THAT(gateway->role().sessions(), SizeIs(1));
  world.run_for(2s);
  EXPECT_THAT(gateway->role().sessions(), IsEmpty());
  EXPECT_EQ(last().integer(Type::AcctTerminateCause), static_cast<std::uint32_t>(AcctTerminateCause::SessionTimeout));
}

TEST_F(Radius, WhatCannotChangeIsRefusedWithItsCauseAndChangesNothing) {
  const auto client = connected();
  const auto by_name = Attributes{}.add_text(Type::UserName, "anna@example.org");
  EXPECT_EQ(order(Code::CoaRequest,
                  Attributes{by_name}.add_integer(Type::FramedMtu, 1300).add_integer(Type::SessionTimeout, 1)),
            "CoA-NAK 401");
  EXPECT_EQ(order(Code::CoaRequest, Attributes{by_name}.add_text(Type::FilterId, "nobody")), "CoA-NAK 407");
  EXPECT_EQ(order(Code::CoaRequest, Attributes{by_name}.add_text(Type::FilterId, "default")), "CoA-ACK");
  world.run_for(10s);
  EXPECT_THAT(gateway->role().sessions(), SizeIs(1));
}

TEST_F(Radius, AGroupThatIsOrderedBringsItsRulesOfTheFirewall) {
  auto config = gateway_config();
  config.rules.push_back(config.rules.front());
  config.rules.back().name = "quarantine";
  config.rules.back().firewall = *gateway::parse_firewall("deny to 10.0.0.0/8");
  config.rules.push_back(config.rules.front());
  start(std::move(config));
  std::vector<gateway::SetFirewall> set;
  gateway->on_note = [&](const gateway::UserQuestion& note) {
    if (const auto* one = std::get_if<gateway::SetFirewall>(&note)) set.push_back(*one);
  };
  const auto client = connected();
  const auto by_name = Attributes{}.add_text(Type::UserName, "anna@example.org");
  EXPECT_EQ(order(Code::CoaRequest, Attributes{by_name}.add_text(Type::FilterId, "quarantine")), "CoA-ACK");
  ASSERT_THAT(set, SizeIs(1));
  EXPECT_EQ(set[0].firewall, *gateway::parse_firewall("deny to 10.0.0.0/8"));
  EXPECT_THAT(set[0].addresses, ElementsAre(IpAddress::v4(10, 66, 0, 1)));
  EXPECT_EQ(gateway->role().sessions().at(0).rule, "quarantine");
  gateway->command([](gateway::Gateway& it, Instant now) { it.recheck(now); });
  EXPECT_THAT(set, SizeIs(1)) << "it stays in that group";
}

// ---- Groups that only the gateway's owner keeps.

class RadiusGroups : public Radius {
 protected:
  RadiusGroups() {
    start(password_config());
    gateway->authorize = [this](const gateway::Authorize& question) -> gateway::Authorization {
      for (const std::string& name : question.named)
        if (const auto* kept = find(name)) return gateway::Authorized{.group = *kept};
      return gateway::Authorized{.group = {.name = question.group}, .unknown = question.named};
    };
    gateway->find_group = [this](const gateway::FindGroup& question) -> gateway::GroupAnswer {
      if (is_in_trouble) return Failure{gateway::NoUser{.reason = "a full disk", .is_trouble = true}};
      const auto* kept = find(question.named.front());
      return kept ? std::optional{*kept} : std::nullopt;
    };
    gateway->on_note = [this](const gateway::UserQuestion& note) {
      if (const auto* one = std::get_if<gateway::SetFirewall>(&note)) set.push_back(one->firewall);
    };
  }
  const gateway::Group* find(const std::string& name) const {
    const auto found = std::ranges::find(groups, name, &gateway::Group::name);
    return found == groups.end() ? nullptr : &*found;
  }
  std::unique_ptr<ClientHost> log_in(Attributes granted) {
    login_server.attributes = std::move(granted);
    auto client = make_client("eve@example.org", true);
    world.run_for(3s);
    return client;
  }
  std::string order_into(const std::string& group) {
    return order(Code::CoaRequest,
                 Attributes{}.add_text(Type::UserName, "eve@example.org").add_text(Type::FilterId, group));
  }
  std::string rule() const { return gateway->role().sessions().at(0).rule; }

  std::vector<gateway::Group> groups = {
      {.name = "contractors", .dns = {IpAddress::v4(10, 0, 0, 53)}},
      {.name = "quarantine", .firewall = *gateway::parse_firewall("deny to 10.0.0.0/8")},
      {.name = "branch", .routes = {*IpPrefix::parse("10.20.0.0/16")}}};
  std::vector<gateway::FirewallRules> set;
  bool is_in_trouble = false;
};

TEST_F(RadiusGroups, AFilterIdOrClassNamesOneAndNothingIsWarnedOf) {
  const auto client = log_in(Attributes{}.add_text(Type::FilterId, "contractors"));
  ASSERT_EQ(client->role().state(), client::State::Connected) << client->role().session().reason;
  EXPECT_EQ(rule(), "contractors");
  EXPECT_THAT(client->role().session().ike_sa->lease->dns, ElementsAre(IpAddress::v4(10, 0, 0, 53)));
  gateway->command([](gateway::Gateway& it, Instant now) { it.recheck(now); });
  EXPECT_EQ(rule(), "contractors");
  EXPECT_THAT(said, testing::Not(testing::Contains(HasSubstr("Filter-Id"))));
}

TEST_F(RadiusGroups, AFilterIdThatNobodyKnowsIsWarnedOfOnceAndAClassIsNot) {
  const auto client = log_in(Attributes{}.add_text(Type::FilterId, "contarctors").add(Type::Class, to_bytes("blue")));
  ASSERT_EQ(client->role().state(), client::State::Connected) << client->role().session().reason;
  EXPECT_EQ(rule(), "default");
  gateway->command([](gateway::Gateway& it, Instant now) { it.recheck(now); });
  world.run_for(1min);
  std::erase_if(said, [](const std::string& sentence) { return sentence.find("Filter-Id") == sentence.npos; });
  EXPECT_THAT(said,
              ElementsAre("is sent with Filter-Id contarctors by the RADIUS server, and neither the configuration nor "
                          "agilevpn group has a group of that name: it is in group default"));
}

TEST_F(RadiusGroups, AnOrderBringsASessionIntoOneAndItStaysThere) {
  const auto client = log_in(Attributes{}.add_text(Type::FilterId, "contractors"));
  EXPECT_EQ(order_into("quarantine"), "CoA-ACK");
  EXPECT_THAT(set, ElementsAre(groups[1].firewall));
  EXPECT_EQ(rule(), "quarantine");
  gateway->command([](gateway::Gateway& it, Instant now) { it.recheck(now); });
  EXPECT_EQ(rule(), "quarantine");
  EXPECT_EQ(order_into("default"), "CoA-ACK");
  EXPECT_EQ(rule(), "default");
}

TEST_F(RadiusGroups, AnOrderIntoOneThatReachesSomethingElseOrThatIsNotThereIsRefused) {
  const auto client = log_in({});
  EXPECT_EQ(order_into("branch"), "CoA-NAK 501");
  EXPECT_EQ(order_into("nobody"), "CoA-NAK 407");
  is_in_trouble = true;
  EXPECT_EQ(order_into("quarantine"), "CoA-NAK 506");
  EXPECT_EQ(rule(), "default");
  EXPECT_THAT(set, IsEmpty());
}

TEST_F(Radius, AFramedAddressIsGivenToItsClientThatComesAnewAndNotHeldForItsDeadSession) {
  auto config = password_config();
  config.outage_time = 30min;
  start(std::move(config));
  const IpAddress framed = IpAddress::v4(10, 66, 0, 77);
  login_server.attributes.add_address(Type::FramedIpAddress, framed);
  auto client = make_client("eve@example.org", true);
  world.run_for(3s);
  ASSERT_EQ(client->role().session().ike_sa->lease->ipv4, framed);
  client.reset();  // It crashes, and knows nothing of before.
  world.run_for(6s);
  client = make_client("eve@example.org", true);
  world.run_for(3s);
  ASSERT_EQ(client->role().state(), client::State::Connected) << client->role().session().reason;
  EXPECT_EQ(client->role().session().ike_sa->lease->ipv4, framed);
  EXPECT_THAT(gateway->role().sessions(), SizeIs(1));
}

// A gateway whose server grants what the user's networks are; all that may stand behind clients lie in 192.168.64.0/18.
class RadiusNetworks : public Radius {
 protected:
  RadiusNetworks() {
    auto config = password_config();
    config.client_networks = {*IpPrefix::parse("192.168.64.0/18"), *IpPrefix::parse("fd77::/32")};
    start(std::move(config));
    gateway->on_note = [this](const gateway::UserQuestion& note) {
      if (const auto* led = std::get_if<gateway::LeadNetwork>(&note)) notes.push_back("to " + led->network.to_string());
      if (const auto* back = std::get_if<gateway::ReturnNetwork>(&note))
        notes.push_back("back " + back->network.to_string());
    };
    gateway->keep = [this](const gateway::KeepLeases& question) {
      kept = question.networks;
      return gateway::Kept{};
    };
  }
  std::unique_ptr<ClientHost> log_in(const std::string& name = "eve@example.org") {
    auto client = make_client(name, true);
    world.run_for(3s);
    return client;
  }
  void grant(std::string_view route) { login_server.attributes = Attributes{}.add_text(Type::FramedRoute, route); }
  // From the gateway's side to a host behind the client.
  std::size_t reach(ClientHost& client, IpAddress to) {
    std::size_t arrived = 0;
    client.on_packet = [&](const DataPlane::Opened&) { ++arrived; };
    const auto packet = esp::SamplePacket{.source = IpAddress::v4(192, 168, 10, 2), .destination = to}.build();
    if (!gateway->send(packet)) return 0;
    world.run_for(1s);
    client.on_packet = {};
    return arrived;
  }

  std::vector<std::string> notes;
  std::vector<IpPrefix> kept;
};

TEST_F(RadiusNetworks, ANetworkBehindAClientIsLedToItAndComesBackWithTheSession) {
  grant("192.168.77.0/24 0.0.0.0 1");
  const auto client = log_in();
  ASSERT_EQ(client->role().state(), client::State::Connected) << client->role().session().reason;
  EXPECT_THAT(kept, ElementsAre(*IpPrefix::parse("192.168.77.0/24"))) << "the firewall knows it";
  EXPECT_THAT(notes, ElementsAre("to 192.168.77.0/24"));
  EXPECT_EQ(reach(*client, IpAddress::v4(192, 168, 77, 9)), 1u);
  EXPECT_EQ(reach(*client, IpAddress::v4(192, 168, 78, 9)), 0u);
  EXPECT_TRUE(client->send(
      esp::SamplePacket{.source = IpAddress::v4(192, 168, 77, 9), .destination = IpAddress::v4(192, 168, 10, 2)}
          .build()));
  client->command([](client::Connection& connection, Instant now) { connection.rekey_child_sas(now); });
  world.run_for(1s);
  EXPECT_EQ(reach(*client, IpAddress::v4(192, 168, 77, 9)), 1u);
  client->command([](client::Connection& connection, Instant now) { connection.down(now); });
  world.run_for(1s);
  EXPECT_THAT(notes, ElementsAre("to 192.168.77.0/24", "back 192.168.77.0/24"));
}

TEST_F(RadiusNetworks, WhatAClientDoesNotAskForIsNotLedToItAndSaid) {
  wants_ipv6 = false;
  login_server.attributes = Attributes{}
                                .add_text(Type::FramedRoute, "192.168.77.0/24 0.0.0.0 1")
                                .add_text(Type::FramedIpv6Route, "fd77:0:7::/48 :: 1");
  const auto client = log_in();
  ASSERT_EQ(client->role().state(), client::State::Connected) << client->role().session().reason;
  EXPECT_THAT(notes, ElementsAre("to 192.168.77.0/24"));
  EXPECT_THAT(said,
              testing::Contains(HasSubstr("was granted fd77:0:7::/48 behind it, and its client did not ask for that")));
}

TEST_F(RadiusNetworks, AnotherSessionsNetworkIsRefusedAndThatOneKeepsIt) {
  grant("192.168.77.0/24 0.0.0.0 1");
  const auto client = log_in();
  grant("192.168.77.128/25 0.0.0.0 1");
  const auto other = log_in("mallory@example.org");
  EXPECT_NE(other->role().state(), client::State::Connected);
  EXPECT_THAT(said, testing::Contains(HasSubstr("192.168.77.128/25 cannot stand behind this client: "
                                                "another session has 192.168.77.0/24")));
  EXPECT_EQ(reach(*client, IpAddress::v4(192, 168, 77, 129)), 1u);
  EXPECT_THAT(notes, ElementsAre("to 192.168.77.0/24"));
}

TEST_F(RadiusNetworks, AFramedAddressWithinAnothersNetworkIsRefused) {
  grant("192.168.77.0/24 0.0.0.0 1");
  const auto client = log_in();
  login_server.attributes = Attributes{}.add_address(Type::FramedIpAddress, IpAddress::v4(192, 168, 77, 5));
  const auto other = log_in("mallory@example.org");
  EXPECT_NE(other->role().state(), client::State::Connected);
  EXPECT_THAT(said, testing::Contains(HasSubstr("192.168.77.5 lies in no pool")));
}

TEST_F(RadiusNetworks, WhereTheGatewayStandsItselfIsRefused) {
  gateway->command(
      [](gateway::Gateway& it, Instant) { it.handle_own_networks({*IpPrefix::parse("192.168.70.1/24")}); });
  grant("192.168.64.0/20 0.0.0.0 1");
  const auto client = log_in();
  EXPECT_NE(client->role().state(), client::State::Connected);
  EXPECT_THAT(said, testing::Contains(HasSubstr("this gateway stands in 192.168.70.1/24 itself")));
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(RadiusNetworks, WhatAGroupOfTheOwnersReachesOnThisSideIsRefused) {
  std::vector<IpPrefix> asked;
  gateway->authorize = [&](const gateway::Authorize& question) -> gateway::Authorization {
    asked = question.behind;
    return gateway::Authorized{.group = {.name = question.group},
                               .overlapping = {{"staff", *IpPrefix::parse("192.168.76.0/22")}}};
  };
  grant("192.168.77.0/24 0.0.0.0 1");
  const auto client = log_in();
  EXPECT_NE(client->role().state(), client::State::Connected);
  EXPECT_THAT(asked, ElementsAre(*IpPrefix::parse("192.168.77.0/24")));
  EXPECT_THAT(said, testing::Contains(HasSubstr(
                        "192.168.77.0/24 cannot stand behind this client: group staff reaches that on this side")));
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(RadiusNetworks, AClientThatComesAnewHasItAtOnceAndNotItsDeadSession) {
  grant("192.168.77.0/24 0.0.0.0 1");
  auto client = log_in();
  client.reset();  // It crashes, and knows nothing of before.
  world.run_for(6s);
  client = log_in();
  ASSERT_EQ(client->role().state(), client::State::Connected) << client->role().session().reason;
  EXPECT_THAT(gateway->role().sessions(), SizeIs(1));
  EXPECT_EQ(reach(*client, IpAddress::v4(192, 168, 77, 9)), 1u);
  EXPECT_EQ(notes.back(), "to 192.168.77.0/24");
}

TEST_F(Radius, ALoginThatWaitsForADeadServerKeepsNobodyElseWaiting) {
  auto config = gateway_config();
  config.radius.push_back({.name = "radius1", .secret = radius::test_secret()});
  start(std::move(config));
  login_server.is_up = false;
  const auto waiting = make_client("eve@example.org", true);
  world.run_for(500ms);
  const auto client = make_client();
  EXPECT_TRUE(world.run_until([&] { return client->role().state() == client::State::Connected; }, 2s));
  EXPECT_NE(waiting->role().state(), client::State::Connected);
  world.run_for(60s);
  EXPECT_THAT(said, testing::Contains(HasSubstr("no answer from radius1")));
}

TEST_F(Radius, AServerThatKnowsNoEapIsAskedAboutThePasswordAndThenTheUserAboutItsCode) {
  start(password_config());
  login_server.answer = Code::AccessChallenge;
  login_server.attributes.add_text(Type::ReplyMessage, "Code of your token: ").add(Type::State, "0102"_hex);
  login_server.after_first = {.answer = Code::AccessAccept, .attributes = Attributes{}.add_text(Type::Class, "blue")};
  const auto client = make_client("eve@example.org", true);
  world.run_for(90s);  // It comes by telephone.
  EXPECT_EQ(client->role().session().question, "Code of your token: ");
  answer(*client, "739201");
  ASSERT_EQ(client->role().state(), client::State::Connected) << client->role().session().reason;
  EXPECT_FALSE(client->role().session().question);
  ASSERT_EQ(login_server.requests.size(), 2u);
  EXPECT_EQ(password(login_server.requests[0]), "x");
  EXPECT_EQ(password(login_server.requests[1]), "739201");
  EXPECT_FALSE(login_server.requests[0].attributes.has(Type::State));
  EXPECT_EQ(login_server.requests[1].attributes.find(Type::State)->value, "0102"_hex);
  EXPECT_EQ(login_server.requests[1].attributes.text(Type::UserName), "eve@example.org");
  EXPECT_EQ(last().text(Type::Class), "blue");
  EXPECT_EQ(last().integer(Type::AcctAuthentic), static_cast<std::uint32_t>(radius::AcctAuthentic::Radius));
}

TEST_F(Radius, AQuestionThatNobodyAnswersEndsTheAttemptAndNoOtherBegins) {
  start(password_config());
  login_server.answer = Code::AccessChallenge;
  login_server.attributes.add_text(Type::ReplyMessage, "Code: ");
  const auto client = make_client("eve@example.org", true);
  world.run_for(10min);
  EXPECT_EQ(client->role().state(), client::State::Failed);
  EXPECT_EQ(client->role().session().reason, "nobody has answered what the gateway asks: Code: ");
  EXPECT_FALSE(client->role().session().question);
  EXPECT_EQ(login_server.requests.size(), 1u) << "each may send the user a message";
  answer(*client, "739201");
  EXPECT_EQ(login_server.requests.size(), 1u);
  EXPECT_EQ(gateway->role().half_open_count(), 0u);
}

TEST_F(Radius, AnAnswerIsWaitedForAsLongAsTheServerSays) {
  start(password_config());
  login_server.answer = Code::AccessChallenge;
  login_server.attributes.add_text(Type::ReplyMessage, "Code: ").add_integer(Type::SessionTimeout, 20);
  login_server.after_first = {.answer = Code::AccessAccept, .attributes = {}};
  auto client = make_client("eve@example.org", true);
  world.run_for(15s);
  EXPECT_EQ(gateway->role().half_open_count(), 1u);
  world.run_for(10s);
  EXPECT_EQ(gateway->role().half_open_count(), 0u);
  EXPECT_THAT(said, testing::Contains(HasSubstr("nobody answered within the 20 s that the RADIUS server waits")));
  client.reset();
  login_server.requests.clear();
  login_server.answer = Code::AccessChallenge;
  login_server.attributes = Attributes{}.add_text(Type::ReplyMessage, "Code: ").add_integer(Type::SessionTimeout, 1000);
  client = make_client("adam@example.org", true);
  world.run_for(119s);
  EXPECT_EQ(gateway->role().half_open_count(), 1u);
  world.run_for(1000s);
  EXPECT_EQ(gateway->role().half_open_count(), 0u) << "nobody waits longer than for a whole handshake";
}

TEST_F(Radius, AUserWithoutAPasswordOfItsProfileIsAskedForAllOfIt) {
  start(password_config());
  const auto client = make_client("eve@example.org", true, "");
  world.run_for(5s);
  EXPECT_TRUE(client->role().session().question);
  answer(*client, "739201");
  EXPECT_EQ(client->role().state(), client::State::Connected) << client->role().session().reason;
  EXPECT_EQ(password(login_server.requests.at(0)), "739201");
}

TEST_F(Radius, APasswordThatTheServerRejectsLetsNobodyIn) {
  start(password_config());
  login_server.answer = Code::AccessReject;
  const auto client = make_client("eve@example.org", true);
  world.run_for(5s);
  EXPECT_NE(client->role().state(), client::State::Connected);
  EXPECT_THAT(said, testing::Contains(HasSubstr("the RADIUS server rejected eve@example.org")));
}

}  // namespace
}  // namespace agilevpn::sim
