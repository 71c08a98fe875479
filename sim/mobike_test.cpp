// MOBIKE between two engines (RFC 4555): moves, and moves that meet rekeys, deletes, other moves, NATs and silence.
#include <gmock/gmock.h>

#include "esp/sample_packet.h"
#include "sim/forger.h"

namespace agilevpn::sim {
namespace {

using ike::wire::ExchangeType;
using ike::wire::NotifyType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const IpAddress second = IpAddress::v4(10, 0, 1, 99);
const IpAddress third = IpAddress::v4(10, 0, 77, 3);
const IpAddress second_gateway = IpAddress::v4(10, 0, 2, 77);

struct Mobike : testing::TestWithParam<bool> {  // Behind a NAT?
  explicit Mobike() {
    pair.client_addresses.insert(second);
    pair.client_addresses.insert(third);
  }
  Pair pair = Pair::established({.seed = 3, .nat = GetParam()});
  IpAddress first = pair.client.ike_sa().path.local.address;

  void move_to(const IpAddress& address) { pair.client.move(pair.client_path(address.to_string())); }
  void lose(const IpAddress& address) { pair.client_addresses.erase(address); }
  // The session lives, at both ends on this path, with as many Child SAs as before; and it can be rekeyed there.
  void expect_session_on(const IpAddress& address) {
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    ASSERT_TRUE(pair.client.has_ike_sa());
    EXPECT_EQ(pair.client.count<ike::IkeSaClosed>() + pair.gateway.count<ike::IkeSaClosed>(), 0u);
    EXPECT_EQ(pair.client.ike_sa().path.local.address, address);
    EXPECT_EQ(pair.client.child_sa().path.path, pair.client.ike_sa().path);
    EXPECT_EQ(pair.gateway.child_sa().path.path, pair.gateway.ike_sa().path);
    if (!GetParam()) {
      EXPECT_EQ(pair.gateway.ike_sa().path.peer.address, address);
    }
    const auto child = pair.client.child_sa().child;
    pair.client.rekey_child_sa();
    pair.run_for(15s);
    EXPECT_NE(pair.client.child_sa().child, child);
    EXPECT_THAT(pair.client.child_sas(), SizeIs(1));
    EXPECT_THAT(pair.disagreements(), IsEmpty());
  }
};

// A NAT lets nothing in from an address that was never written to.
struct MobikeWithoutNat : Mobike {};

TEST_P(Mobike, AMoveTakesTheSessionToAnotherAddress) {
  move_to(second);
  pair.run_until_idle();
  ASSERT_NE(pair.gateway.last<ike::PathChanged>(), nullptr);
  EXPECT_TRUE(pair.gateway.last<ike::PathChanged>()->by_peer);
  expect_session_on(second);
}

TEST_P(Mobike, AMoveAfterTheOldAddressIsGoneWorksTheSame) {
  lose(first);
  move_to(second);
  pair.run_until_idle();
  expect_session_on(second);
}

TEST_P(Mobike, EspFollowsBeforeThePeerHasAnswered) {
  move_to(second);
  EXPECT_EQ(pair.client.child_sa().path.path.local.address, second);
}

TEST_P(Mobike, ALateUpdateDoesNotTakeTheSessionBack) {
  move_to(second);
  const Datagram late = pair.take_next();
  lose(second);
  move_to(third);
  pair.run_for(10s);
  pair.deliver(late);
  pair.run_until_idle();
  expect_session_on(third);
}

TEST_P(Mobike, ManyMovesInARowEndOnTheLast) {
  for (const IpAddress& address : {second, third, first, second, first, third}) {
    move_to(address);
    pair.deliver_next();
  }
  pair.run_for(20s);
  expect_session_on(third);
}

TEST_P(Mobike, MovesThatOvertakeEachOtherEndOnTheLast) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Pair other = Pair::established(
        {.seed = seed, .link = {.latency = 5ms, .jitter = 200ms, .loss = 0.2, .reorders = true}, .nat = GetParam()});
    other.client_addresses.insert({second, third});
    for (const IpAddress& address : {second, third, second, third, second, third}) {
      other.client.move(other.client_path(address.to_string()));
      other.run_for(50ms);
    }
    other.run_for(2min);
    EXPECT_THAT(other.disagreements(), IsEmpty());
    ASSERT_TRUE(other.client.has_ike_sa());
    EXPECT_EQ(other.client.ike_sa().path.local.address, third);
    if (!GetParam()) {
      EXPECT_EQ(other.gateway.ike_sa().path.peer.address, third);
    }
  }
}

TEST_P(Mobike, AMoveDuringARekeyByUsKeepsBoth) {
  pair.client.rekey_child_sa();
  const Datagram lost = pair.take_next();
  lose(first);
  move_to(second);
  pair.run_for(20s);
  EXPECT_THAT(pair.client.child_sas(), SizeIs(1));
  expect_session_on(second);
}

TEST_P(Mobike, AMoveDuringARekeyByTheGatewayKeepsBoth) {
  for (const bool is_response_lost : {true, false}) {
    Pair other = Pair::established({.seed = 9, .nat = GetParam()});
    other.client_addresses.insert(second);
    other.gateway.rekey_child_sa();
    if (is_response_lost) other.deliver_next();
    other.drop_next();
    other.client_addresses.erase(other.client.ike_sa().path.local.address);
    other.client.move(other.client_path(second.to_string()));
    other.run_for(2min);
    EXPECT_THAT(other.disagreements(), IsEmpty());
    EXPECT_THAT(other.gateway.child_sas(), SizeIs(1));
    EXPECT_EQ(other.gateway.count<ike::ChildSaEstablished>(), 2u);
  }
}

TEST_P(Mobike, AMoveDuringARekeyOfTheIkeSaKeepsBoth) {
  for (const bool by_client : {true, false}) {
    for (int delivered = 0; delivered < 4; ++delivered) {
      SCOPED_TRACE(std::to_string(delivered) + " messages were delivered before the move");
      Pair other = Pair::established({.seed = 11, .nat = GetParam()});
      other.client_addresses.insert(second);
      const auto spi = other.client.ike_sa().spi_i;
      (by_client ? other.client : other.gateway).rekey_ike_sa();
      for (int i = 0; i < delivered && !other.is_idle(); ++i) other.deliver_next();
      other.client_addresses.erase(other.client.ike_sa().path.local.address);
      other.client.move(other.client_path(second.to_string()));
      other.run_for(2min);
      EXPECT_THAT(other.disagreements(), IsEmpty());
      ASSERT_TRUE(other.client.has_ike_sa());
      EXPECT_NE(other.client.ike_sa().spi_i, spi);
      EXPECT_EQ(other.client.count<ike::IkeSaClosed>() + other.gateway.count<ike::IkeSaClosed>(), 0u);
      EXPECT_EQ(other.gateway.child_sa().path.path, other.gateway.ike_sa().path);
    }
  }
}

TEST_P(Mobike, AMoveDuringADeleteEndsTheSession) {
  for (const bool by_client : {true, false}) {
    Pair other = Pair::established({.seed = 12, .nat = GetParam()});
    other.client_addresses.insert(second);
    const auto id = other.client.ike_sa().ike_sa;
    (by_client ? other.client : other.gateway).close();
    other.client.command(
        [&](ike::Endpoint& engine, Instant now) { engine.move(now, id, other.client_path(second.to_string())); });
    other.run_for(5min);
    EXPECT_EQ(other.client.engine().ike_sa_count() + other.gateway.engine().ike_sa_count(), 0u);
    EXPECT_THAT(other.disagreements(), IsEmpty());
  }
}

TEST_P(Mobike, BothMove) {
  pair.gateway_addresses.insert(second_gateway);
  pair.gateway.announce_addresses({*pair.gateway_addresses.begin(), second_gateway});
  pair.run_for(5s);
  EXPECT_THAT(pair.client.ike_sa().peer_additional_addresses, ElementsAre(second_gateway));
  pair.gateway_addresses.erase(pair.gateway_addresses.begin());
  lose(first);
  pair.client.move(pair.client_path(second.to_string(), second_gateway.to_string()));
  pair.run_for(20s);
  EXPECT_EQ(pair.client.ike_sa().path.peer.address, second_gateway);
  expect_session_on(second);
}

// The gateway says from another address that the one in use is gone; the client's owner moves there.
TEST_P(MobikeWithoutNat, TheGatewaysAddressChangesAndTheClientIsTold) {
  const IpAddress before = *pair.gateway_addresses.begin();
  pair.gateway_addresses = {second_gateway};
  pair.gateway.announce_addresses({second_gateway});
  pair.run_for(5s);
  ASSERT_NE(pair.client.last<ike::PeerAddressesChanged>(), nullptr);
  EXPECT_EQ(pair.client.ike_sa().path.peer.address, before);
  pair.client.move(pair.client_path(first.to_string(), second_gateway.to_string()));
  pair.run_for(20s);
  expect_session_on(first);
}

// What strongSwan 5.9 does as a client: it notices where the gateway speaks from, and sends no UPDATE_SA_ADDRESSES.
TEST_P(MobikeWithoutNat, AGatewayWhoseAddressIsGoneSendsFromAnotherOneThoughTheClientDoesNotMove) {
  pair.gateway_addresses = {second_gateway};
  pair.gateway.announce_addresses({second_gateway});
  pair.run_for(5s);
  EXPECT_EQ(pair.gateway.ike_sa().path.local.address, second_gateway);
}

TEST_P(Mobike, TheOtherAddressesOfEitherSideAreAnnounced) {
  const IpAddress outside = IpAddress::v4(203, 0, 113, 3);
  pair.client.announce_addresses({first, second, third, outside});
  pair.run_until_idle();
  const auto told = pair.gateway.ike_sa().peer_additional_addresses;
  if (GetParam()) {  // Nobody reaches a private address through a NAT.
    EXPECT_THAT(told, ElementsAre(outside));
  } else {
    EXPECT_THAT(told, UnorderedElementsAre(second, third, outside));
  }
  pair.client.announce_addresses({first});
  pair.run_until_idle();
  EXPECT_THAT(pair.gateway.ike_sa().peer_additional_addresses, IsEmpty());
}

TEST_P(Mobike, AProbeOfAnotherPathMovesNothing) {
  const Path other = pair.client_path(second.to_string());
  pair.client.check_path(other);
  pair.run_until_idle();
  ASSERT_NE(pair.client.last<ike::PathConfirmed>(), nullptr);
  EXPECT_EQ(pair.client.last<ike::PathConfirmed>()->path, other);
  expect_session_on(first);
}

TEST_P(Mobike, AProbeOfADeadPathDoesNotHoldUpTheSession) {
  lose(second);
  pair.client.check_path(pair.client_path(second.to_string()));
  pair.client.rekey_child_sa();
  pair.run_for(1min);
  expect_session_on(first);
}

TEST_P(Mobike, AMoveToADeadPathCanBeTakenBack) {
  lose(second);
  move_to(second);
  pair.run_for(5s);
  move_to(first);
  pair.run_for(5s);
  expect_session_on(first);
}

TEST_P(Mobike, ADormantSessionSendsNothingAndWakesElsewhere) {
  pair.client.suspend();
  pair.client_addresses.clear();
  const auto sent = pair.sent().size();
  const auto by_client = [&](const Datagram& datagram) { return datagram.from == &pair.client; };
  const auto before = std::ranges::count_if(pair.sent(), by_client);
  pair.run_for(20min);
  EXPECT_EQ(std::ranges::count_if(pair.sent(), by_client), before) << sent;
  pair.client_addresses = {third};
  move_to(third);
  pair.run_for(10s);
  expect_session_on(third);
}

TEST_P(Mobike, ADormantSessionWhoseRekeyIsOverdueRekeysWhenItWakes) {
  PairOptions options{.nat = GetParam()};
  options.client.settings.child_rekey = options.gateway.settings.child_rekey = 10min;
  options.client.settings.ike_rekey = options.gateway.settings.ike_rekey = 12min;
  Pair other = Pair::established(std::move(options));
  const auto spi = other.client.ike_sa().spi_i;
  const auto child = other.client.child_sa().child;
  const auto home = other.client_addresses;
  other.client.suspend();
  other.client_addresses.clear();
  other.run_for(25min);
  other.client_addresses = home;
  other.client.move(other.client_path());
  other.run_for(2min);
  EXPECT_EQ(other.client.count<ike::IkeSaClosed>() + other.gateway.count<ike::IkeSaClosed>(), 0u);
  ASSERT_TRUE(other.client.has_ike_sa());
  EXPECT_NE(other.client.ike_sa().spi_i, spi);
  EXPECT_NE(other.client.child_sa().child, child);
  EXPECT_THAT(other.disagreements(), IsEmpty());
}

TEST_P(Mobike, ASessionDeletedWhileItsClientSleptIsNotThereWhenItWakes) {
  const auto home = pair.client_addresses;
  pair.client.suspend();
  pair.client_addresses.clear();
  pair.gateway.close();
  pair.run_for(5min);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
  pair.client_addresses = home;
  move_to(second);
  pair.run_for(2h);
  EXPECT_EQ(pair.client.engine().ike_sa_count(), 0u);
  EXPECT_EQ(pair.client.last<ike::IkeSaClosed>()->reason, ike::IkeSaClosed::Reason::NoAnswer);
}

TEST_P(Mobike, TheGatewayForgetsAClientThatNeverComesBack) {
  pair.client_addresses.clear();
  pair.client.suspend();
  pair.run_for(3h);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
  EXPECT_THAT(pair.gateway.child_sas(), IsEmpty());
  EXPECT_THAT(pair.gateway.leases(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(DirectAndBehindNat, Mobike, testing::Bool());
INSTANTIATE_TEST_SUITE_P(Direct, MobikeWithoutNat, testing::Values(false));

// ---- NAT mappings

TEST(MobikeNat, AMappingThatChangesIsNoticedAndFollowed) {
  Pair pair = Pair::established({.nat = true});
  const auto before = pair.gateway.ike_sa().path;
  pair.forget_nat_mappings();
  pair.run_for(3min);
  EXPECT_THAT(pair.disagreements(), IsEmpty());
  EXPECT_NE(pair.gateway.ike_sa().path, before);
  EXPECT_EQ(pair.gateway.child_sa().path.path, pair.gateway.ike_sa().path);
  pair.gateway.rekey_child_sa();
  pair.run_for(15s);
  EXPECT_EQ(pair.gateway.count<ike::ChildSaEstablished>(), 2u);
}

TEST(MobikeNat, AMappingThatChangesUnderTrafficIsNoticedWithinSeconds) {
  Pair pair = Pair::established({.nat = true});
  pair.run_for(1s);
  pair.forget_nat_mappings();
  const auto before = pair.gateway.ike_sa().path;
  ike::TrafficReport report{.child = pair.client.child_sa().child, .last_inbound = pair.now()};
  for (int i = 0; i < 8; ++i) {
    pair.run_for(500ms);
    report.bytes_out += 1000;  // We seal, and nothing comes back.
    pair.client.report_traffic(report);
  }
  EXPECT_NE(pair.gateway.ike_sa().path, before);
}

TEST(MobikeNat, WithoutMobikeAPeerBehindANatIsWhereItWasLastHeardFrom) {  // RFC 7296 §2.23
  PairOptions options{.nat = true};
  options.client.settings.mobike = false;
  Pair pair = Pair::established(std::move(options));
  EXPECT_FALSE(pair.client.ike_sa().is_mobike);
  const auto before = pair.gateway.ike_sa().path;
  pair.forget_nat_mappings();
  pair.run_for(2min);
  EXPECT_NE(pair.gateway.ike_sa().path, before);
  EXPECT_EQ(pair.gateway.child_sa().path.path, pair.gateway.ike_sa().path);
}

TEST(MobikeNat, AMoveBehindANatTurnsEncapsulationOnAndAMoveOutTurnsItOff) {
  PairOptions options{.nat = true};
  options.client.settings.always_udp_encapsulation = options.gateway.settings.always_udp_encapsulation = false;
  Pair pair = Pair::established(std::move(options));
  pair.client_addresses.insert(second);
  EXPECT_TRUE(pair.client.child_sa().path.udp_encapsulation);
  pair.options().nat = false;  // The other network has none.
  pair.client.move(pair.client_path(second.to_string()));
  pair.run_for(5s);
  EXPECT_FALSE(pair.client.child_sa().path.udp_encapsulation);
  EXPECT_FALSE(pair.gateway.child_sa().path.udp_encapsulation);
  EXPECT_FALSE(pair.client.last<ike::NatDetected>()->is_local_behind_nat);
  pair.options().nat = true;
  pair.client.move(pair.client_path());
  pair.run_for(5s);
  EXPECT_TRUE(pair.client.last<ike::NatDetected>()->is_local_behind_nat)
      << "each change is told, also where it was assumed";
  EXPECT_EQ(pair.client.count<ike::NatDetected>(), 3u);
  EXPECT_TRUE(pair.client.child_sa().path.udp_encapsulation);
  EXPECT_TRUE(pair.gateway.child_sa().path.udp_encapsulation);
}

TEST(MobikeNat, UntilThePeerHasSaidItANatIsReckonedWithAndNotClaimed) {
  PairOptions options;
  options.client.settings.always_udp_encapsulation = options.gateway.settings.always_udp_encapsulation = false;
  Pair pair = Pair::established(std::move(options));
  pair.client_addresses.insert(second);
  pair.client.move(pair.client_path(second.to_string()));
  EXPECT_TRUE(pair.client.child_sa().path.udp_encapsulation);
  EXPECT_FALSE(pair.client.ike_sa().is_local_behind_nat);
  pair.run_for(5s);
  EXPECT_FALSE(pair.client.child_sa().path.udp_encapsulation);
}

TEST(MobikeNat, AMoveBehindANatIsRefusedWhereNatIsProhibited) {  // RFC 4555 §3.9
  PairOptions options;
  options.client.settings.prohibit_nat = true;
  Pair pair = Pair::established(std::move(options));
  pair.client_addresses.insert(second);
  pair.options().nat = true;
  const auto before = pair.gateway.ike_sa().path;
  pair.client.move(pair.client_path(second.to_string()));
  pair.run_for(5s);
  EXPECT_EQ(pair.gateway.ike_sa().path, before);
  ASSERT_NE(pair.client.last<ike::ExchangeRefused>(), nullptr);
  EXPECT_EQ(pair.client.last<ike::ExchangeRefused>()->notify, NotifyType::UnexpectedNatDetected);
}

// ---- Return routability

TEST(MobikeReturnRoutability, TheGatewayTestsANewAddressOnce) {  // RFC 4555 §3.7
  Pair pair = Pair::established();
  pair.client_addresses.insert(second);
  const auto before = pair.sent().size();
  pair.client.move(pair.client_path(second.to_string()));
  pair.run_until_idle();
  EXPECT_EQ(pair.sent().size(), before + 4);
}

// Nobody can have the gateway pour its traffic at a third party for long.
TEST(MobikeReturnRoutability, AnUnansweredOnePausesEspUntilItIsAnswered) {
  Pair pair = Pair::established();
  pair.client_addresses.insert(second);
  const auto& child = pair.gateway.child_sa();
  const Bytes inner = esp::SamplePacket{.source = child.ts_local.front().first_address,
                                        .destination = child.ts_remote.front().first_address}
                          .build();
  EXPECT_TRUE(pair.gateway.data_plane().seal(inner));
  pair.client.move(pair.client_path(second.to_string()));
  pair.deliver_next();
  pair.drops = [](const Datagram&) { return true; };
  pair.run_for(10s);
  EXPECT_FALSE(pair.gateway.data_plane().seal(inner));
  pair.drops = {};
  pair.run_for(1min);
  EXPECT_TRUE(pair.gateway.data_plane().seal(inner));
}

TEST(MobikeReturnRoutability, AWrongCookieClosesTheIkeSa) {
  Pair pair = Pair::established();
  pair.client_addresses.insert(second);
  pair.client.move(pair.client_path(second.to_string()));
  pair.deliver_next();  // UPDATE_SA_ADDRESSES
  pair.drop_next();     // Its response
  const Datagram check = pair.take_next();
  Forger client{pair, pair.client};
  auto response = client.open(check.octets);
  ASSERT_NE(find_notify(response, NotifyType::Cookie2), nullptr);
  client.inject(
      client.seal(client.response_header(check), {ike::wire::notify(NotifyType::Cookie2, Bytes(16, std::byte{1}))}));
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
}

TEST(MobikeAddresses, WhoReachesTheGatewayAtAPublicOneIsToldOfNoPrivateOne) {
  Pair pair;
  const IpAddress in_use = IpAddress::v4(203, 0, 113, 1), other = IpAddress::v4(198, 51, 100, 1);
  pair.gateway_addresses = {in_use};
  pair.start();
  pair.run_for(5s);
  pair.gateway.announce_addresses({in_use, IpAddress::v4(192, 168, 1, 1), *IpAddress::parse("fd00::1"), other});
  pair.run_for(5s);
  EXPECT_THAT(pair.client.ike_sa().peer_additional_addresses, ElementsAre(other));
}

// ---- IPv6

TEST(MobikeFamilies, ASessionMovesFromIpv4ToIpv6AndBack) {
  Pair pair = Pair::established();
  const auto v4 = pair.client_path();
  pair.client_addresses.insert(*IpAddress::parse("2001:db8:1::2"));
  pair.gateway_addresses.insert(*IpAddress::parse("2001:db8:2::1"));
  pair.client.move(pair.client_path("2001:db8:1::2", "2001:db8:2::1"));
  pair.run_for(5s);
  EXPECT_TRUE(pair.gateway.child_sa().path.path.peer.address.is_v6());
  pair.client.move(v4);
  pair.run_for(5s);
  EXPECT_TRUE(pair.gateway.child_sa().path.path.peer.address.is_v4());
  EXPECT_THAT(pair.disagreements(), IsEmpty());
}

}  // namespace
}  // namespace agilevpn::sim
