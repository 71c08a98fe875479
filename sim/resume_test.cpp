// Sessions that are resumed by tickets (RFC 5723) over a simulated network: a gateway that restarts or has forgotten
// its clients, users who log in by a code that nobody wants to type twice, and what is not taken back.
#include <gmock/gmock.h>

#include "radius/fake_server.h"
#include "sim/role_host.h"
#include "sim/world.h"

namespace agilevpn::sim {
namespace {

using ike::wire::ExchangeType;
using radius::Attributes;
using radius::Code;
using radius::Type;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* resumed_gateway_name = "vpn.example.org";

// Behind the non-ESP marker.
bool is_resumption(ByteView payload) {
  const auto header = ike::wire::decode_header(payload.subspan(std::min<std::size_t>(4, payload.size())));
  return header && header->exchange == ExchangeType::IkeSessionResume && !header->is_response;
}

// Before a gateway that knows nothing of tickets.
struct DeafToTickets final : Program {
  explicit DeafToTickets(GatewayHost& host) : gateway(host) { host.host().run(this); }
  void handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) override {
    if (!is_resumption(payload)) gateway.handle_packet(path, protocol, payload);
  }
  void handle_timeout() override { gateway.handle_timeout(); }
  std::optional<Instant> poll_timeout() const override { return gateway.poll_timeout(); }
  GatewayHost& gateway;
};

// A gateway that keeps eve, of the group staff, and the client with which she logs in by EAP-GTC. What the gateway has
// in its state directory, the test has: the key for tickets, and whose logins were ended.
class Resume : public testing::Test {
 protected:
  Resume() { start(); }

  gateway::Config gateway_config() const {
    const auto credentials = Credentials::with_certificate(resumed_gateway_name);
    gateway::Config config{.name = resumed_gateway_name, .identity = credentials.identity};
    config.certificate = std::get<ike::CertificateAuth>(credentials.local_auth());
    config.pools = {{"v4", *IpPrefix::parse("10.66.0.0/24"), {}}};
    config.rules.resize(2);
    config.rules[0].name = "staff", config.rules[1].name = "default";
    for (auto& rule : config.rules) rule.pools = {"v4"};
    config.rules[0].from = from;
    config.rules[0].devices_max = devices_max;
    config.eap_methods = {eap::Type::Gtc};
    config.outage_time = 30min;
    config.settings.ticket_lifetime = lifetime;
    if (is_by_radius) {
      config.radius.push_back({.name = "radius1", .secret = radius::test_secret()});
      config.radius_checks_passwords = true;
      config.accounting.push_back({.name = "radius1", .secret = radius::test_secret()});
    }
    return config;
  }

  void start() {
    gateway.reset();
    gateway = std::make_unique<GatewayHost>(
        gateway_machine,
        std::make_unique<gateway::Gateway>(
            gateway_config(), Credentials::with_certificate(resumed_gateway_name).trust(), world.random()));
    gateway->role().set_ticket_keys(keys());
    gateway->users = [this](const gateway::UserQuestion& question) { return answer(question); };
    gateway->authorize = [this](const gateway::Authorize& question) { return authorize(question); };
    gateway->radius = [this](const gateway::RadiusTransmit& transmit) {
      const bool is_login = transmit.channel.purpose == gateway::RadiusChannel::Purpose::Logins;
      return (is_login ? login_server : accounting).handle(transmit.datagram);
    };
    gateway->on_note = [this](const gateway::UserQuestion& note) {
      if (const auto* end = std::get_if<gateway::EndLogin>(&note)) ended.push_back(end->login);
    };
    gateway->on_event = [this](const gateway::Event& event) { said.push_back(gateway::to_record(event).sentence); };
    world.run_for(1s);
  }
  std::vector<ike::TicketKey> keys() const {
    std::vector<ike::TicketKey> all;
    all.push_back({to_bytes("key-name"), Secret{to_bytes(std::string(ike::TicketKey::secret_size, key_letter))}});
    return all;
  }
  // As a process that is killed, and another one that begins.
  void crash(Duration away = 5s) {
    gateway.reset();
    world.run_for(away);
    start();
  }

  gateway::UserAnswer answer(const gateway::UserQuestion& question) {
    ++logins;
    if (is_disabled) return Failure{gateway::NoUser{"eve is disabled"}};
    const auto* check = std::get_if<gateway::CheckPassword>(&question);
    if (check && !(check->password == Secret{to_bytes("739201")})) return Failure{gateway::NoUser{"wrong"}};
    return gateway::User{"eve", "staff", {}, {}};
  }
  gateway::Authorization authorize(const gateway::Authorize& question) {
    if (is_disabled) return Failure{gateway::NoUser{"eve is disabled"}};
    if (std::ranges::count(ended, question.resumed) != 0) return Failure{gateway::NoUser{"its session was ended"}};
    return gateway::Authorized{.user = "eve",
                               .id = user_id,
                               .device = {},
                               .password_changes = password_changes,
                               .group = {.name = question.group}};
  }

  std::unique_ptr<ClientHost> make_client(bool resumes = true) {
    Host& machine = world.add_host("laptop");
    machine.add_interface(office);
    client::Profile profile{.name = "office",
                            .gateway = resumed_gateway_name,
                            .local = ike::wire::Identity::parse("eve"),
                            .auth = ike::EapAuth{}};
    profile.eap =
        client::EapLogin{.user = "eve", .anonymous = {}, .methods = {eap::Type::Gtc}, .password = {}, .mschap = {}};
    profile.resumes = resumes;
    auto host = std::make_unique<ClientHost>(
        machine, std::make_unique<client::Connection>(
                     std::move(profile), Credentials::with_certificate("someone@example.org").trust(), world.random()));
    host->resolve = [this](const std::string&) { return gateway_address.addresses(); };
    host->on_event = [this](const client::Event& event) {
      client_said.push_back(client::to_record(event, "office").sentence);
      if (std::holds_alternative<client::UserAsked>(event)) ++prompts;
    };
    host->command([](client::Connection& connection, Instant now) { connection.up(now); });
    return host;
  }
  void type_code(ClientHost& client) {
    ASSERT_TRUE(world.run_until([&] { return client.role().session().question.has_value(); }, 30s));
    client.command(
        [](client::Connection& connection, Instant now) { connection.handle_user(now, Secret{to_bytes("739201")}); });
    ASSERT_TRUE(world.run_until([&] { return is_connected(client); }, 30s)) << client.role().session().reason;
  }
  std::unique_ptr<ClientHost> connected(bool resumes = true) {
    auto client = make_client(resumes);
    type_code(*client);
    world.run_for(5s);
    return client;
  }
  static bool is_connected(const ClientHost& client) { return client.role().state() == client::State::Connected; }
  static bool is_resumed(const ClientHost& client) {
    const auto session = client.role().session();
    return is_connected(client) && session.ike_sa && session.ike_sa->is_resumed;
  }
  // It noticed that its gateway has forgotten it, and is back by its ticket.
  void expect_back(ClientHost& client) {
    ASSERT_TRUE(world.run_until([&] { return is_resumed(client) && gateway->role().sessions().size() == 1; }, 5min))
        << client.role().session().reason;
    EXPECT_EQ(prompts, 1);
    EXPECT_EQ(client.tunnel()->addresses.front().address, IpAddress::v4(10, 66, 0, 1));
  }
  // It is asked for a code again.
  void expect_asked(ClientHost& client) {
    EXPECT_TRUE(world.run_until([&] { return prompts == 2; }, 5min)) << testing::PrintToString(client_said);
    EXPECT_FALSE(is_resumed(client));
  }

  World world{1};
  Segment& office = world.add_segment({.name = "office", .v4 = IpPrefix::parse("192.0.2.0/24")});
  Host& gateway_machine = world.add_host("gateway");
  Interface& gateway_address = gateway_machine.add_interface(office);
  radius::FakeServer login_server, accounting;
  std::unique_ptr<GatewayHost> gateway;
  std::vector<std::string> said, client_said;
  std::vector<Bytes> ended;
  std::vector<IpPrefix> from;
  std::optional<unsigned> devices_max;
  Duration lifetime = std::chrono::hours{12};
  char key_letter = 'k';
  bool is_by_radius = false, is_disabled = false;
  std::int64_t user_id = 7, password_changes = 0;
  int prompts = 0, logins = 0;
};

TEST_F(Resume, AfterACrashOfTheGatewayNobodyIsAskedAgain) {
  const auto client = connected();
  const int before = logins;
  crash();
  expect_back(*client);
  EXPECT_EQ(logins, before) << "no user was looked up for a login";
  EXPECT_THAT(said, Contains(HasSubstr("resumed without a new login")));
  EXPECT_THAT(client_said, Contains(HasSubstr("resumed without a new login")));
  crash();
  EXPECT_TRUE(world.run_until([&] { return gateway->role().sessions().size() == 1; }, 5min));
  expect_back(*client);  // With the ticket that the resumption gave.
}

TEST_F(Resume, AfterAFarewellOfTheGatewayTheClientIsBackAtOnce) {
  const auto client = connected();
  gateway->command([](gateway::Gateway& role, Instant now) { role.shut_down(now); });
  world.run_for(100ms);
  start();
  EXPECT_TRUE(world.run_until([&] { return is_resumed(*client); }, 10s)) << client->role().session().reason;
  expect_back(*client);
  EXPECT_THAT(ended, IsEmpty());
}

TEST_F(Resume, AClientThatSleptForHoursIsBackWithoutALogin) {
  const auto client = connected();
  Interface& own = client->host().interface(0);
  own.unplug();
  world.run_for(25min);
  crash();
  own.plug();
  expect_back(*client);
}

TEST_F(Resume, AnIkeSaThatWasRekeyedHasATicketOfItsOwn) {
  for (const bool by_client : {true, false}) {
    prompts = 0;
    const auto client = connected();
    if (by_client) client->command([](client::Connection& connection, Instant now) { connection.rekey(now); });
    if (!by_client)
      gateway->command([](gateway::Gateway& role, Instant now) { role.rekey(now, role.sessions().front().id); });
    world.run_for(10s);
    crash();
    EXPECT_TRUE(world.run_until([&] { return is_resumed(*client); }, 5min)) << client->role().session().reason;
    EXPECT_EQ(prompts, 1);
    client->command([](client::Connection& connection, Instant now) { connection.down(now); });
    world.run_for(5s);
  }
}

TEST_F(Resume, ATicketIsRenewedBeforeItExpires) {
  lifetime = std::chrono::hours{1};
  start();
  const auto client = connected();
  world.run_for(std::chrono::hours{5});
  crash();
  expect_back(*client);
}

TEST_F(Resume, WhatWasLeasedAndAccountedGoesOnAsASessionOfItsOwn) {
  is_by_radius = true;
  login_server.attributes.add_text(Type::Class, "blue")
      .add_integer(Type::SessionTimeout, 7200)
      .add_text(Type::FilterId, "staff");
  start();
  const auto client = make_client();
  ASSERT_TRUE(world.run_until([&] { return client->role().session().question.has_value(); }, 30s));
  client->command(
      [](client::Connection& connection, Instant now) { connection.handle_user(now, Secret{to_bytes("739201")}); });
  ASSERT_TRUE(world.run_until([&] { return is_connected(*client); }, 30s));
  world.run_for(std::chrono::hours{1});
  const auto asked = login_server.requests.size();
  accounting.requests.clear();
  crash();
  expect_back(*client);
  EXPECT_EQ(login_server.requests.size(), asked) << "RADIUS was asked for no login";
  const Attributes& last = accounting.requests.back().attributes;
  EXPECT_EQ(last.integer(Type::AcctStatusType), 1u);
  EXPECT_EQ(last.text(Type::Class), "blue");
  EXPECT_EQ(last.text(Type::UserName), "eve");
  EXPECT_EQ(last.integer(Type::AcctAuthentic), static_cast<std::uint32_t>(radius::AcctAuthentic::Radius));
  EXPECT_EQ(gateway->role().sessions().front().rule, "staff");
  world.run_for(50min);
  EXPECT_THAT(gateway->role().sessions(), SizeIs(1));
  world.run_for(15min);  // Session-Timeout counts from the login.
  EXPECT_THAT(said, Contains(HasSubstr("its time is up")));
  EXPECT_FALSE(is_resumed(*client));
}

// ---- Who is not let in again

TEST_F(Resume, AUserWhoWasDisabledMeanwhileIsRefused) {
  const auto client = connected();
  gateway.reset();
  is_disabled = true;
  crash();
  world.run_for(3min);
  EXPECT_THAT(gateway->role().sessions(), IsEmpty());
  EXPECT_THAT(said, Contains(HasSubstr("eve is disabled")));
}

TEST_F(Resume, AnotherUserOfTheSameNameIsNotTheOneWhoLoggedIn) {
  const auto client = connected();
  gateway.reset();
  user_id = 8;
  crash();
  expect_asked(*client);
  EXPECT_THAT(said, Contains(HasSubstr("or is another now")));
}

TEST_F(Resume, AUserWithANewPasswordMustLogIn) {
  password_changes = 1;
  const auto client = connected();
  crash();
  expect_back(*client);
  gateway.reset();
  password_changes = 2;
  crash();
  expect_asked(*client);
  EXPECT_THAT(said, Contains(HasSubstr("eve has a new password, so the ticket brings its session back no more")));
}

TEST_F(Resume, AGroupThatNoLongerAllowsTheAddressRefuses) {
  const auto client = connected();
  gateway.reset();
  from = {*IpPrefix::parse("203.0.113.0/24")};
  crash();
  world.run_for(3min);
  EXPECT_THAT(gateway->role().sessions(), IsEmpty());
  EXPECT_THAT(said, Contains(HasSubstr("is let in only from 203.0.113.0/24")));
}

TEST_F(Resume, WhomTheOperatorDisconnectedMustLogIn) {
  const auto client = connected();
  gateway->command([](gateway::Gateway& role, Instant now) { role.disconnect(now, role.sessions().front().id); });
  expect_asked(*client);
  EXPECT_THAT(ended, SizeIs(1));
}

TEST_F(Resume, WhoSaidGoodbyeMustLogIn) {
  const auto client = connected();
  client->command([](client::Connection& connection, Instant now) { connection.down(now); });
  world.run_for(5s);
  client->command([](client::Connection& connection, Instant now) { connection.up(now); });
  expect_asked(*client);
  EXPECT_THAT(client_said, Not(Contains(HasSubstr("IKE_SESSION_RESUME sent"))));
}

// ---- Tickets that do not serve: a full login follows, without a pause

TEST_F(Resume, AGatewayWithAnotherKeyAsksForALogin) {
  const auto client = connected();
  gateway.reset();
  key_letter = 'x';
  crash();
  expect_asked(*client);
  EXPECT_THAT(said, Contains(HasSubstr("TICKET_NACK")));
  type_code(*client);
}

TEST_F(Resume, AGatewayThatTakesNoTicketsAnyMoreAsksForALogin) {
  const auto client = connected();
  gateway.reset();
  lifetime = Duration{0};
  crash();
  expect_asked(*client);
  EXPECT_THAT(said, Contains(HasSubstr("tickets are switched off")));
}

TEST_F(Resume, AnExpiredTicketIsNotPresented) {
  lifetime = 10min;
  start();
  const auto client = connected();
  gateway.reset();
  world.run_for(20min);
  start();
  expect_asked(*client);
  EXPECT_THAT(client_said, Not(Contains(HasSubstr("TICKET_NACK"))));
}

TEST_F(Resume, AGatewayThatIsSilentToTicketsIsLoggedInTo) {
  const auto client = connected();
  crash();
  DeafToTickets deaf{*gateway};
  expect_asked(*client);
}

TEST_F(Resume, AClientThatDoesNotWantItIsGivenNone) {
  const auto client = connected(false);
  crash();
  expect_asked(*client);
  EXPECT_THAT(client_said, Not(Contains(HasSubstr("ticket"))));
}

// ---- Who meddles

TEST_F(Resume, ARecordedTicketBringsNobodyIn) {
  const auto client = connected();
  Bytes recorded;
  Path path;
  world.on_packet = [&](const Packet& packet) {
    if (is_resumption(packet.payload)) recorded = packet.payload, path = {packet.to, packet.from};
  };
  crash();
  expect_back(*client);
  ASSERT_FALSE(recorded.empty());
  world.run_for(1min);
  said.clear();
  recorded[4] ^= std::byte{0x55};  // Another SPI: no repetition.
  path.peer.port = 4711;
  gateway->command(
      [&](gateway::Gateway& role, Instant now) { role.handle_datagram(now, path, ByteView{recorded}.subspan(4)); });
  EXPECT_THAT(said, Contains(HasSubstr("TICKET_NACK: it was used already")));
  EXPECT_TRUE(is_connected(*client));
  EXPECT_EQ(gateway->role().half_open_count(), 0u);
}

TEST_F(Resume, ManyHalfOpenIkeSasMakeTheTicketWaitForACookie) {
  const auto client = connected();
  bool saw_cookie = false;
  Bytes recorded;
  world.on_packet = [&](const Packet& packet) {
    if (!is_resumption(packet.payload)) return;
    recorded = packet.payload;
    const auto message = ike::wire::decode_message(ByteView{recorded}.subspan(4));
    saw_cookie |= message && ike::wire::find_notify(message->payloads, ike::wire::NotifyType::Cookie);
  };
  crash();
  expect_back(*client);
  EXPECT_FALSE(saw_cookie);
  crash(1s);
  // Others of its network that go no further, until it comes back itself. Their ticket is not spent: this gateway has
  // just begun.
  const Bytes flood = recorded;
  for (std::uint16_t port = 1; port < 1000 && !saw_cookie; ++port) {
    Bytes request = flood;
    request[5] = static_cast<std::byte>(port), request[6] = static_cast<std::byte>(port >> 8);
    const Path path{{gateway_address.addresses().front(), 4500},
                    {client->host().interface(0).addresses().front(), port}};
    gateway->command(
        [&](gateway::Gateway& role, Instant now) { role.handle_datagram(now, path, ByteView{request}.subspan(4)); });
    world.run_for(1s);
  }
  EXPECT_TRUE(saw_cookie);
  expect_back(*client);
}

}  // namespace
}  // namespace agilevpn::sim
