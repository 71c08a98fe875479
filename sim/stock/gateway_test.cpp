// Our client at the gateways that its user may have: Windows Servers with RRAS.
#include "sim/stock/visit.h"

#include <gmock/gmock.h>

#include "diagnosis/client_attempts.h"
#include "sim/stock/every_kind.h"
#include "sim/stock/week.h"

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

const IpAddress inside = inner_v4_of_gateway;

using Wish = VisitOptions;

// A visit that has begun, and what is said of it.
class Served : public Visit {
 public:
  explicit Served(const char* name, Wish wish = {}) : Served(*find_gateway_kind(name), std::move(wish)) {}
  explicit Served(GatewayKind what, Wish wish = {}) : Visit(std::move(what), with_password(std::move(wish))) {
    on_event = [this](const client::Event& event) { attempts.handle_event(calendar(world.now()), event); };
    begin();
  }

  const ike::IkeSaInfo& ike_sa() const { return *(info_ = session()).ike_sa; }
  const Session& seen() const { return *gateway->sessions().at(0); }
  std::vector<std::string> endings() const {
    std::vector<std::string> reasons;
    for (const Drop& ending : gateway->endings()) reasons.push_back(ending.reason);
    return reasons;
  }
  std::vector<std::string> cures() const {
    return attempts.last() ? diagnosis::explain(*attempts.last(), profile).explanations.front().cures
                           : std::vector<std::string>{};
  }

  diagnosis::ClientAttempts attempts;

 private:
  static Wish with_password(Wish wish) {
    if (wish.methods.empty()) wish.methods = {eap::Type::MsChapV2};
    return wish;
  }

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

TEST(Rras, IsAskedForNoTicketWhichItWouldNotKnow) {
  Visit visit{*find_gateway_kind("rras-custom"), {.methods = {eap::Type::MsChapV2}}};
  std::vector<std::string> said;
  visit.on_event = [&](const client::Event& event) {
    const auto* engine = std::get_if<ike::Event>(&event);
    const auto* seen = engine ? std::get_if<ike::MessageSeen>(engine) : nullptr;
    if (seen && seen->direction == ike::MessageSeen::Direction::Sent)
      std::ranges::copy(seen->payloads, std::back_inserter(said));
  };
  visit.begin();
  ASSERT_TRUE(visit.is_connected());
  EXPECT_THAT(said, Contains(HasSubstr("MOBIKE_SUPPORTED")));
  EXPECT_THAT(said, Each(testing::Not(HasSubstr("TICKET_REQUEST"))));
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
  served.world.run_for(week);
  EXPECT_EQ(served.state(), State::Connected);
  EXPECT_EQ(served.logins, 1u);
  EXPECT_THAT(served.endings(), IsEmpty());
  EXPECT_THAT(served.gateway->mistakes(), IsEmpty());
  ASSERT_GT(served.octets.size(), of_a_week(5000));
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
    served.move(without == 60s ? Place::Office : Place::Home, without);
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
  for (const Place to : {Place::Office, Place::Phone, Place::Home, Place::Office}) {
    served.move(to);
    EXPECT_EQ(served.pings_answered(), 3u) << static_cast<int>(to);
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

class AtGateway : public testing::TestWithParam<std::string> {};

std::vector<std::string> names_of_gateways() {
  std::vector<std::string> names;
  for (const GatewayKind& gateway : gateway_kinds()) names.push_back(gateway.kind.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Stock, AtGateway, testing::ValuesIn(names_of_gateways()), name_of_test);

TEST_P(AtGateway, OurClientLivesAWeekOfWorkMovesNapsAndNightsWithoutADrop) {
  const Played played = play_visits({.seed = 5, .kind = GetParam(), .duration = week});
  EXPECT_THAT(played.complaints, IsEmpty());
  EXPECT_GT(played.counts.moves, of_a_week(20));
  EXPECT_GT(played.counts.child_rekeys + played.counts.peer_child_rekeys, of_a_week(50));
  EXPECT_GT(played.counts.ike_rekeys + played.counts.peer_ike_rekeys, of_a_week(5));
  EXPECT_GT(static_cast<double>(played.answers), 0.99 * static_cast<double>(played.pings));
}

// ---- Rekeys, and what becomes of SAs without them

TEST(Rras, LivesPastTheExpiryOfItsSasByOurRekeys) {
  Served served{without_own_rekeys()};
  served.world.run_for(24h);
  EXPECT_EQ(served.logins, 1u);
  EXPECT_THAT(served.endings(), IsEmpty());
  EXPECT_GE(served.seen().counts().peer_ike_rekeys, of_a_week(5));
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
