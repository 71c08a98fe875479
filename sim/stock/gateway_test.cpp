// Our client at the gateways that its user may have: Windows Servers with RRAS.
#include "sim/stock/gateway.h"

#include <gmock/gmock.h>

#include "diagnosis/client_attempts.h"
#include "esp/ip_packet.h"
#include "esp/sample_packet.h"
#include "ike/policy.h"
#include "sim/role_host.h"
#include "sim/world.h"

namespace agilevpn::sim::stock {
namespace {

namespace wire = ike::wire;
using client::State;
using crypto::KeyType;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

constexpr const char* name_of_gateway = "vpn.example.org";
const IpAddress inside = IpAddress::v4(10, 66, 0, 1);

std::shared_ptr<const crypto::MsChap> mschap() {
  static const auto loaded = std::make_shared<const crypto::MsChap>(*crypto::MsChap::load());
  return loaded;
}

client::EapLogin login(std::vector<eap::Type> methods, const std::string& password = "secret") {
  return {.user = "anna",
          .anonymous = {},
          .methods = std::move(methods),
          .password = Secret{to_bytes(password)},
          .mschap = mschap()};
}

struct Wish {
  std::string policy;  // Empty: the one that serves the gateway.
  KeyType key = KeyType::Rsa;
  ike::Settings settings;
  bool is_machine = false;
  std::vector<eap::Type> methods{eap::Type::MsChapV2};
  std::string password = "secret";
  std::vector<IpAddress> dns{IpAddress::v4(10, 99, 0, 53)};
};

// The client is at home behind a NAT; it may move to an office without one, and to a phone.
class Served {
 public:
  explicit Served(const char* kind, Wish wish = {}) : Served(*find_gateway_kind(kind), std::move(wish)) {}
  explicit Served(GatewayKind what, Wish wish = {}) : kind(std::move(what)), profile(profile_of(wish)), world(7) {
    gateway_host.add_interface(world.add_segment({.name = "datacenter", .v4 = IpPrefix::parse("192.0.2.0/24")}));
    gateway.emplace(gateway_host, kind,
                    Site{.name = name_of_gateway,
                         .key = wish.key,
                         .passwords = {{"anna", "secret"}},
                         .mschap = mschap(),
                         .pool_v4 = *IpPrefix::parse("10.66.0.0/24"),
                         .pool_v6 = *IpPrefix::parse("fd00:66::/64"),
                         .common = {.dns = wish.dns,
                                    .nbns = {IpAddress::v4(10, 99, 0, 44)},
                                    .servers = {inside, *IpAddress::parse("fd00:66::1")}}},
                    world.random());
    gateway->on_packet = [this](ByteView packet) { handle_inner(packet); };
    add_networks();
    const auto own = Credentials::with_certificate("laptop@example.org", wish.key);
    client.emplace(laptop, std::make_unique<client::Connection>(profile_of(wish), own.trust(), world.random()));
    client->report_interval = 10s;
    client->resolve = [this](const std::string&) { return gateway_host.interface(0).addresses(); };
    client->on_packet = [this](const DataPlane::Opened&) { ++answers; };
    client->on_event = [this](const client::Event& event) { note(event); };
    client->command([](client::Connection& connection, Instant now) { connection.up(now); });
    world.run_for(10s);
  }

  State state() const { return client->role().state(); }
  client::SessionInfo session() const { return client->role().session(); }
  const ike::IkeSaInfo& ike_sa() const { return *(info_ = session()).ike_sa; }
  const Session& seen() const { return *gateway->sessions().at(0); }

  void move(std::size_t to, Duration without_network = 3s) {
    laptop.interface(place_).unplug();
    place_ = to;
    world.run_for(without_network);
    laptop.interface(to).plug();
    world.run_for(30s);
  }
  std::uint64_t pings_answered(std::size_t count = 3, std::size_t octets = 64) {
    const auto before = answers;
    for (std::size_t i = 0; i < count; ++i) {
      client->send(esp::SamplePacket{
          .source = *ike_sa().lease->ipv4, .destination = IpAddress::v4(10, 99, 0, 1), .payload = Bytes(octets)}
                       .build());
      world.run_for(20ms);
    }
    world.run_for(1s);
    return answers - before;
  }
  std::vector<std::string> endings() const {
    std::vector<std::string> reasons;
    for (const Drop& ending : gateway->endings()) reasons.push_back(ending.reason);
    return reasons;
  }
  std::vector<std::string> cures() const {
    return attempts.last() ? diagnosis::explain(*attempts.last(), profile).explanations.front().cures
                           : std::vector<std::string>{};
  }

  GatewayKind kind;
  client::Profile profile;
  World world;
  Host& gateway_host = world.add_host("gateway");
  Host& laptop = world.add_host("laptop");
  std::optional<StockGateway> gateway;
  std::optional<ClientHost> client;
  diagnosis::ClientAttempts attempts;
  std::size_t logins = 0;
  std::uint64_t answers = 0;
  std::vector<Instant> octets;  // When one for the gateway itself came.

 private:
  client::Profile profile_of(const Wish& wish) const {
    client::Profile made{.name = "office",
                         .gateway = name_of_gateway,
                         .local = wire::Identity::parse("laptop@example.org"),
                         .auth = ike::EapAuth{}};
    if (wish.is_machine)
      made.auth = Credentials::with_certificate("laptop@example.org", wish.key).local_auth();
    else
      made.eap = login(wish.methods, wish.password);
    made.policy = *ike::find_policy(wish.policy.empty() ? kind.kind.policy : wish.policy);
    made.settings = wish.settings;
    return made;
  }
  void add_networks() {
    laptop.add_interface(world.add_segment({.name = "home",
                                            .v4 = IpPrefix::parse("192.168.1.0/24"),
                                            .nat = NatOptions{.outside = IpAddress::v4(198, 51, 100, 9)}}));
    laptop.add_interface(world.add_segment({.name = "office", .v4 = IpPrefix::parse("203.0.113.0/24")})).unplug();
    laptop
        .add_interface(world.add_segment(
            {.name = "mobile",
             .v4 = IpPrefix::parse("10.128.0.0/16"),
             .uplink = {.latency = 40ms},
             .nat = NatOptions{.outside = IpAddress::v4(198, 51, 100, 10), .is_endpoint_dependent = true}}))
        .unplug();
  }
  void handle_inner(ByteView packet) {
    const auto ip = esp::IpPacket::decode(packet);
    if (!ip) return;
    const auto& ends = ip->selectors;
    if (ends.destination == inside || ends.destination == IpAddress::v4(10, 99, 0, 53))
      return octets.push_back(world.now());
    gateway->send(esp::SamplePacket{.source = ends.destination, .destination = ends.source}.build());
  }
  void note(const client::Event& event) {
    attempts.handle_event(calendar(world.now()), event);
    const auto* engine = std::get_if<ike::Event>(&event);
    if (engine && std::holds_alternative<ike::IkeSaEstablished>(*engine)) ++logins;
  }

  std::size_t place_ = 0;
  mutable client::SessionInfo info_;
};

GatewayKind changed(const char* name, const std::function<void(GatewayKind&)>& change) {
  GatewayKind kind = *find_gateway_kind(name);
  change(kind);
  return kind;
}

GatewayKind without_own_rekeys() {
  return changed("rras-custom",
                 [](GatewayKind& kind) { kind.kind.habits.child_rekey = kind.kind.habits.ike_rekey = {}; });
}

GatewayKind silent_about_itself() {
  return changed("rras-custom", [](GatewayKind& kind) { kind.tells_servers = false; });
}

// ---- The way in

TEST(Rras, GivesAUserWithAPasswordAddressesDnsAndWins) {
  Served served{"rras-custom"};
  ASSERT_EQ(served.state(), State::Connected)
      << testing::PrintToString(served.gateway->refused()) << served.session().reason;
  const auto& lease = *served.ike_sa().lease;
  EXPECT_EQ(lease.ipv4, IpAddress::v4(10, 66, 0, 2));
  EXPECT_EQ(lease.ipv6, IpPrefix::parse("fd00:66::2/64"));
  EXPECT_THAT(lease.dns, ElementsAre(IpAddress::v4(10, 99, 0, 53)));
  EXPECT_THAT(lease.nbns, ElementsAre(IpAddress::v4(10, 99, 0, 44)));
  EXPECT_THAT(lease.servers, ElementsAre(inside, *IpAddress::parse("fd00:66::1")));
  EXPECT_EQ(served.ike_sa().peer.type, wire::IdType::DerAsn1Dn)
      << "its certificate's subject, not the name that we asked for";
  EXPECT_EQ(served.pings_answered(), 3u);
}

TEST(Rras, LetsAMachineInByItsCertificate) {
  for (const KeyType key : {KeyType::Rsa, KeyType::EcdsaP256}) {
    Served served{"rras-custom", {.key = key, .is_machine = true}};
    EXPECT_EQ(served.state(), State::Connected) << testing::PrintToString(served.gateway->refused());
    EXPECT_EQ(served.pings_answered(), 3u);
  }
}

TEST(Rras, IsNamedInTheStatus) {
  Served served{"rras-custom"};
  EXPECT_EQ(ike::to_string(served.ike_sa().product), "Windows Server");
}

TEST(Rras, AsItWasInstalledRefusesModernAlgorithmsAndWeNameTheCure) {
  Served served{"rras", {.policy = "modern"}};
  EXPECT_EQ(served.state(), State::Failed);
  EXPECT_THAT(served.session().reason, HasSubstr("NO_PROPOSAL_CHOSEN"));
  EXPECT_THAT(served.cures(), Contains(AllOf(HasSubstr("Windows Server"), HasSubstr("Set-VpnServerConfiguration"),
                                             HasSubstr("legacy-windows"))));
}

TEST(Rras, AsItWasInstalledServesWhoTakesItsOldAlgorithms) {
  Served served{"rras"};
  ASSERT_EQ(served.state(), State::Connected)
      << testing::PrintToString(served.gateway->refused()) << served.session().reason;
  EXPECT_THAT(served.ike_sa().suite, AllOf(HasSubstr("3DES"), HasSubstr("MODP-1024")));
  EXPECT_EQ(served.pings_answered(), 3u);
}

TEST(Rras, WithItsOneSuiteServesModernClientsIfItsCertificateIsEcdsa) {
  Served served{"rras-custom", {.policy = "modern", .key = KeyType::EcdsaP256}};
  EXPECT_EQ(served.state(), State::Connected) << testing::PrintToString(served.gateway->refused());
  Served with_rsa{"rras-custom", {.policy = "modern"}};
  EXPECT_EQ(with_rsa.state(), State::Failed);
  EXPECT_THAT(with_rsa.session().reason, AllOf(HasSubstr("SHA-1"), HasSubstr("policy \"compatible\"")))
      << "Windows signs with nothing else";
}

TEST(Rras, IsTalkedToInFragmentsOnlyWhereItsRegistrySaysSo) {
  Served whole{"rras-custom", {.is_machine = true}}, cut{"rras-custom-fragments", {.is_machine = true}};
  EXPECT_EQ(whole.state(), State::Connected);
  EXPECT_EQ(cut.state(), State::Connected) << testing::PrintToString(cut.gateway->refused());
  EXPECT_EQ(cut.pings_answered(), 3u);
}

TEST(Rras, ThatWantsPeapGetsIt) {
  Served served{"rras-custom-peap", {.methods = {eap::Type::MsChapV2, eap::Type::Peap}}};
  EXPECT_EQ(served.state(), State::Connected)
      << testing::PrintToString(served.gateway->refused()) << served.session().reason;
}

TEST(Rras, ThatWantsPeapRefusesAPasswordWithoutIt) {
  Served served{"rras-custom-peap"};
  EXPECT_EQ(served.state(), State::Failed);
  EXPECT_THAT(served.gateway->refused(), Contains(HasSubstr("812")));
}

TEST(Rras, SaysThatThePasswordIsWrong) {
  Served served{"rras-custom", {.password = "guess"}};
  EXPECT_EQ(served.state(), State::Failed);
  EXPECT_THAT(served.gateway->refused(), ElementsAre(HasSubstr("691")));
  EXPECT_THAT(served.session().reason, HasSubstr("password"));
}

// Its refusal is a number of Windows alone.
TEST(Rras, IsQuotedInWordsWhereItSaysANumber) {
  Served served{changed("rras-custom", [](GatewayKind& kind) { kind.methods.clear(); })};
  EXPECT_EQ(served.state(), State::Failed);
  EXPECT_THAT(served.session().reason, AllOf(HasSubstr("812"), HasSubstr("policy")));
}

TEST(Rras, DropsAuthIpWithoutAWord) {
  Served served{"rras-custom"};
  std::size_t answered = 0;
  served.world.on_packet = [&](const Packet& packet) {
    answered += packet.from.address == IpAddress::v4(192, 0, 2, 2) ? 1 : 0;
  };
  const wire::Message main_mode{.header = {.spi_i = {77}, .exchange = wire::ExchangeType{243}}, .payloads = {}};
  const Path path{{served.laptop.interface(0).addresses().front(), 500}, {IpAddress::v4(192, 0, 2, 2), 500}};
  served.laptop.send(path, Packet::Protocol::Udp, wire::encode_message(main_mode));
  served.world.run_for(200ms);
  EXPECT_EQ(answered, 0u);
  EXPECT_THAT(served.gateway->refused(), IsEmpty());
}

// ---- A week

TEST(Rras, KeepsAnIdleUserForAWeekBecauseAnOctetPassesInsideNowAndThen) {
  Served served{"rras-custom"};
  served.world.run_for(7 * 24h);
  EXPECT_EQ(served.state(), State::Connected);
  EXPECT_EQ(served.logins, 1u);
  EXPECT_THAT(served.endings(), IsEmpty());
  EXPECT_THAT(served.gateway->mistakes(), IsEmpty());
  ASSERT_GT(served.octets.size(), 5000u);
  std::vector<Duration> pauses;
  for (std::size_t i = 1; i < served.octets.size(); ++i) pauses.push_back(served.octets[i] - served.octets[i - 1]);
  EXPECT_THAT(pauses, Each(AllOf(Ge(90s), Le(2min))));
  EXPECT_EQ(served.pings_answered(), 3u);
}

TEST(Rras, EndsAnIdleSessionAfterFiveMinutesWhereItDoesNotSayWhereToSendAnOctet) {
  Served served{silent_about_itself(), {.dns = {}}};
  const Instant connected = served.session().connected_since.value();
  EXPECT_EQ(served.state(), State::Connected);
  served.world.run_for(6min);
  ASSERT_THAT(served.endings(), ElementsAre(HasSubstr("nothing passed inside")));
  EXPECT_LE(served.gateway->endings()[0].when - connected, 5min + 5s);
  EXPECT_EQ(served.state(), State::Connected) << "it is back by itself";
  EXPECT_EQ(served.logins, 2u);
}

TEST(Rras, IsSentTheOctetsToANameServerWhereItTellsNoAddressOfItsOwn) {
  Served served{silent_about_itself()};
  served.world.run_for(3h);
  EXPECT_THAT(served.endings(), IsEmpty());
  EXPECT_GT(served.octets.size(), 100u);
}

TEST(Rras, KeepsAnIdleUserThoughOneOctetInFiftyGetsLost) {
  Served served{"rras-custom"};
  served.laptop.interface(0).link.loss = 0.02;
  served.client->report_interval = 1s;  // As the daemon's: it counts here.
  served.world.run_for(48h);
  EXPECT_THAT(served.endings(), IsEmpty());
  EXPECT_EQ(served.logins, 1u);
}

TEST(Rras, KeepsAnIdleUserWhoHadNoNetworkWhenAnOctetWasDue) {
  Served served{"rras-custom"};
  served.world.run_for(85s);
  for (const Duration without : std::initializer_list<Duration>{10s, 60s, 2min, 3min}) {
    served.move(without == 60s ? 1 : 0, without);
    served.world.run_for(10min);
  }
  EXPECT_THAT(served.endings(), IsEmpty());
  EXPECT_EQ(served.logins, 1u);
}

TEST(Rras, IsSentNoOctetWhileItsUserWorks) {
  Served served{"rras-custom"};
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(served.pings_answered(1), 1u);
    served.world.run_for(1min);
  }
  EXPECT_THAT(served.octets, IsEmpty());
}

TEST(Rras, IsFollowedFromNetworkToNetwork) {
  Served served{"rras-custom"};
  for (const std::size_t to : {1u, 2u, 0u, 1u}) {
    served.move(to);
    EXPECT_EQ(served.pings_answered(), 3u) << to;
  }
  EXPECT_EQ(served.seen().counts().moves, 4u);
  EXPECT_EQ(served.logins, 1u);
  EXPECT_EQ(served.gateway->esp_dropped(), 0u) << "both ends must mean the same encapsulation";
  EXPECT_THAT(served.endings(), IsEmpty());
}

TEST(Rras, WaitsForALaptopThatSleepsForTwentyMinutes) {
  GatewayKind patient = changed("rras-custom", [](GatewayKind& kind) { kind.kind.habits.idle_delete = 1h; });
  Served served{patient};
  served.laptop.sleep();
  served.world.run_for(20min);
  served.laptop.wake();
  served.world.run_for(1min);
  EXPECT_EQ(served.state(), State::Connected);
  EXPECT_EQ(served.logins, 1u);
  served.laptop.sleep();
  served.world.run_for(40min);
  EXPECT_THAT(served.gateway->sessions(), IsEmpty());
  served.laptop.wake();
  served.world.run_for(3min);
  EXPECT_EQ(served.state(), State::Connected) << served.session().reason;
  EXPECT_EQ(served.logins, 2u);
}

// ---- Rekeys, and what becomes of SAs without them

TEST(Rras, LivesPastTheExpiryOfItsSasByOurRekeys) {
  Served served{without_own_rekeys()};
  served.world.run_for(24h);
  EXPECT_EQ(served.logins, 1u);
  EXPECT_THAT(served.endings(), IsEmpty());
  EXPECT_GE(served.seen().counts().peer_ike_rekeys, 5u);
  EXPECT_GE(served.seen().counts().peer_child_rekeys, 20u);
  EXPECT_EQ(served.pings_answered(), 3u);
}

TEST(Rras, RekeysItsSasItselfWhereWeDoNot) {
  Served served{"rras-custom", {.settings = {.ike_rekey = {}, .child_rekey = {}}}};
  served.world.run_for(24h);
  EXPECT_EQ(served.logins, 1u);
  EXPECT_THAT(served.endings(), IsEmpty());
  EXPECT_GE(served.seen().counts().ike_rekeys, 3u);
  EXPECT_GE(served.seen().counts().child_rekeys, 3u);
  EXPECT_EQ(served.pings_answered(), 3u);
}

TEST(Rras, EndsASessionThatNobodyRekeyedAfterEightHours) {
  Served served{without_own_rekeys(), {.settings = {.ike_rekey = {}, .child_rekey = {}}}};
  served.world.run_for(479min);
  EXPECT_THAT(served.endings(), IsEmpty());
  served.world.run_for(2min);
  EXPECT_THAT(served.endings(), ElementsAre(HasSubstr("nobody rekeyed")));
  EXPECT_EQ(served.state(), State::Connected) << "it is back by itself";
}

TEST(Rras, RekeysWhatCarriedItsDataLimit) {
  Served served{"rras-custom"};
  EXPECT_EQ(served.pings_answered(1500, 60000), 1500u);
  EXPECT_EQ(served.seen().counts().child_rekeys, 0u);
  served.pings_answered(400, 60000);
  EXPECT_EQ(served.seen().counts().child_rekeys, 1u);
  EXPECT_EQ(served.pings_answered(), 3u);
}

TEST(Rras, IsAskedOnceForAKeyExchangeThatItDoesNotTake) {
  Served served{"rras-custom"};
  served.world.run_for(5h);
  EXPECT_THAT(served.seen().refusals(), SizeIs(1)) << "13816 is understood, and remembered";
  EXPECT_GE(served.seen().counts().peer_child_rekeys, 3u);
}

}  // namespace
}  // namespace agilevpn::sim::stock
