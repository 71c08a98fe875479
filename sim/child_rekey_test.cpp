// Rekeying Child SAs (RFC 7296 §1.3.3, §2.8.1): the regular case, both sides at once, and messages that come late or never.
#include <gmock/gmock.h>

#include "sim/pair.h"

namespace agilevpn::sim {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct ChildRekey : testing::TestWithParam<std::uint64_t> {
  Pair pair = Pair::established({.seed = 7 + GetParam()});

  // What must hold when all is over: one Child SA, the same at both ends, and neither the old one nor a redundant one.
  void expect_one_new_child(ike::ChildSaId old_client_child = {}) {
    pair.run_for(15s);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    ASSERT_THAT(pair.client.child_sas(), SizeIs(1));
    EXPECT_THAT(pair.gateway.child_sas(), SizeIs(1));
    EXPECT_TRUE(pair.client.child_sa().use_outbound);
    EXPECT_TRUE(pair.gateway.child_sa().use_outbound);
    EXPECT_THAT(pair.client.ike_sa().child_sas, SizeIs(1));
    EXPECT_THAT(pair.gateway.ike_sa().child_sas, SizeIs(1));
    EXPECT_NE(pair.client.child_sa().child, old_client_child);
    EXPECT_EQ(pair.client.count<ike::IkeSaClosed>(), 0u);
    EXPECT_EQ(pair.gateway.count<ike::IkeSaClosed>(), 0u);
  }
  ike::ChildSaId child() { return pair.client.child_sa().child; }
};

TEST_P(ChildRekey, ByTheClientReplacesTheSa) {
  const auto old = child();
  pair.client.rekey_child_sa();
  pair.run_until_idle();
  ASSERT_NE(pair.client.last<ike::ChildSaEstablished>(), nullptr);
  EXPECT_EQ(pair.client.last<ike::ChildSaEstablished>()->rekeyed, old);
  expect_one_new_child(old);
}

TEST_P(ChildRekey, ByTheGatewayReplacesTheSa) {
  const auto old = child();
  pair.gateway.rekey_child_sa();
  pair.run_until_idle();
  expect_one_new_child(old);
}

TEST_P(ChildRekey, KeepsTheTrafficSelectors) {
  const auto ts_local = pair.client.child_sa().ts_local;
  const auto ts_remote = pair.client.child_sa().ts_remote;
  pair.gateway.rekey_child_sa();
  expect_one_new_child();
  EXPECT_EQ(pair.client.child_sa().ts_local, ts_local);
  EXPECT_EQ(pair.client.child_sa().ts_remote, ts_remote);
}

TEST_P(ChildRekey, ItsResponderSealsWithTheOldSaUntilThatIsDeleted) {  // RFC 7296 §2.8
  pair.client.rekey_child_sa();
  pair.deliver_next();  // CREATE_CHILD_SA request
  ASSERT_THAT(pair.gateway.child_sas(), SizeIs(2));
  EXPECT_FALSE(pair.gateway.child_sa().use_outbound);
  pair.deliver_next();  // The response: the initiator uses it at once.
  ASSERT_THAT(pair.client.child_sas(), SizeIs(2));
  EXPECT_TRUE(pair.client.child_sa().use_outbound);
  expect_one_new_child();
}

TEST_P(ChildRekey, ItsResponderIgnoresItsOwnRekeyOfTheReplacedSa) {
  pair.client.rekey_child_sa();
  const auto old = pair.gateway.child_sa().child;
  pair.deliver_next();
  pair.gateway.rekey_child_sa(old);  // Its timer, an instant too late.
  expect_one_new_child();
  EXPECT_EQ(pair.gateway.count<ike::ChildSaEstablished>(), 2u);
}

TEST_P(ChildRekey, OfAnSaThatIsBeingRekeyedByUsIsNotStartedTwice) {
  pair.client.rekey_child_sa();
  pair.client.rekey_child_sa();
  expect_one_new_child();
  EXPECT_EQ(pair.gateway.count<ike::ChildSaEstablished>(), 2u);
}

// When both sides rekey, the SA made with the lowest of the four nonces is closed (RFC 7296 §2.8.1).
TEST_P(ChildRekey, WhenBothSidesRekeyOneSaIsLeft) {
  const auto old = child();
  pair.client.rekey_child_sa();   // CREATE_CHILD_SA { N(REKEY_SA), SA, Ni, TSi, TSr } -->
  pair.gateway.rekey_child_sa();  // <-- CREATE_CHILD_SA { N(REKEY_SA), SA, Ni, TSi, TSr }
  pair.run_until_idle();
  expect_one_new_child(old);
}

TEST_P(ChildRekey, ACollisionWhoseResponseToTheClientIsDelayedLeavesOneSa) {
  pair.client.rekey_child_sa();
  pair.gateway.rekey_child_sa();
  pair.deliver_next();  // The requests cross.
  pair.deliver_next();
  const Datagram delayed = pair.take_next();
  pair.run_until_idle();
  pair.deliver(delayed);
  pair.run_until_idle();
  expect_one_new_child();
}

TEST_P(ChildRekey, ACollisionWhoseResponseToTheGatewayIsDelayedLeavesOneSa) {
  pair.client.rekey_child_sa();
  pair.gateway.rekey_child_sa();
  pair.deliver_next();
  pair.deliver_next();
  pair.deliver_next();  // The client's response arrives ...
  const Datagram delayed =
      [&] {  // ... or rather, the gateway's does: they were sent in the order the requests arrived.
        return pair.take_next();
      }();
  pair.run_until_idle();
  pair.deliver(delayed);
  pair.run_until_idle();
  expect_one_new_child();
}

TEST_P(ChildRekey, ACollisionWithADelayedResponseAndADeleteInBetweenLeavesOneSa) {
  pair.client.rekey_child_sa();
  pair.gateway.rekey_child_sa();
  pair.deliver_next();
  pair.deliver_next();
  const Datagram delayed = pair.take_next();
  pair.deliver_next();  // The other response, upon which its receiver deletes the old or the redundant SA.
  pair.run_until_idle();
  pair.run_for(1s);  // The delayed one is resent by now.
  pair.deliver(delayed);
  expect_one_new_child();
}

// The gateway's request is so late that the client has rekeyed and deleted the SA meanwhile: CHILD_SA_NOT_FOUND or
// TEMPORARY_FAILURE (RFC 7296 §2.25.1), and the new SA stays.
TEST_P(ChildRekey, ARequestForAnSaThatWasRekeyedMeanwhileIsRefused) {
  pair.gateway.rekey_child_sa();
  const Datagram delayed = pair.take_next();
  pair.client.rekey_child_sa();
  pair.run_until_idle();
  pair.deliver(delayed);
  pair.run_until_idle();
  expect_one_new_child();
}

TEST_P(ChildRekey, ARequestThatArrivesBetweenTheOthersResponseAndDeleteIsRefused) {
  pair.gateway.rekey_child_sa();
  const Datagram delayed = pair.take_next();
  pair.client.rekey_child_sa();
  pair.deliver_next();  // Request
  pair.deliver_next();  // Response; the client's Delete is in flight.
  pair.deliver(delayed);
  pair.run_until_idle();
  expect_one_new_child();
}

TEST_P(ChildRekey, ALateRequestDoesNotDisturbTheNextRekey) {
  pair.gateway.rekey_child_sa();
  const Datagram delayed = pair.take_next();
  pair.client.rekey_child_sa();
  pair.run_until_idle();
  pair.client.rekey_child_sa();
  pair.deliver(delayed);
  pair.run_until_idle();
  expect_one_new_child();
}

TEST_P(ChildRekey, ALateRequestAfterTwoRekeysIsRefused) {
  pair.gateway.rekey_child_sa();
  const Datagram delayed = pair.take_next();
  pair.client.rekey_child_sa();
  pair.run_until_idle();
  pair.client.rekey_child_sa();
  pair.run_until_idle();
  pair.deliver(delayed);
  pair.run_until_idle();
  expect_one_new_child();
}

TEST_P(ChildRekey, ADroppedDeleteIsSentAgain) {
  pair.client.rekey_child_sa();
  pair.deliver_next();
  pair.deliver_next();
  pair.drop_next();
  expect_one_new_child();
}

TEST_P(ChildRekey, ADroppedResponseIsSentAgain) {
  pair.client.rekey_child_sa();
  pair.deliver_next();
  pair.drop_next();
  expect_one_new_child();
  EXPECT_EQ(pair.gateway.count<ike::ChildSaEstablished>(), 2u);
}

TEST_P(ChildRekey,
       AResponseThatIsLostForMinutesIsSentAgain) {  // RFC 7296 §2.1: it is remembered until the next request.
  pair.client.rekey_child_sa();
  pair.deliver_next();
  pair.drops = [](const Datagram&) { return true; };
  pair.drop_next();
  pair.client.suspend();
  pair.run_for(20min);
  pair.drops = {};
  pair.client.move(pair.client_path());
  pair.run_for(3min);
  expect_one_new_child();
}

TEST_P(ChildRekey, EachMessageMayBeLostOnceInACollision) {
  for (int lost = 0; lost < 8; ++lost) {
    Pair other = Pair::established({.seed = 40 + GetParam()});
    const std::uint64_t first = other.sent().size();
    other.drops = [&](const Datagram& datagram) { return datagram.number == first + static_cast<std::uint64_t>(lost); };
    other.client.rekey_child_sa();
    other.gateway.rekey_child_sa();
    other.run_for(30s);
    EXPECT_THAT(other.disagreements(), IsEmpty()) << "message " << lost << " was lost";
    EXPECT_THAT(other.client.child_sas(), SizeIs(1)) << "message " << lost << " was lost";
  }
}

TEST_P(ChildRekey, CollidingWithAnIkeSaRekeyEndsWithBothNew) {  // RFC 7296 §2.25.2
  const auto old = child();
  const auto spi = pair.client.ike_sa().spi_i;
  pair.client.rekey_child_sa();
  pair.gateway.rekey_ike_sa();
  pair.run_for(2min);
  EXPECT_NE(pair.client.ike_sa().spi_i, spi);
  expect_one_new_child(old);
}

TEST_P(ChildRekey, CollidingWithAnIkeSaRekeyByTheOtherSideEndsWithBothNew) {
  const auto old = child();
  pair.gateway.rekey_child_sa();
  pair.client.rekey_ike_sa();
  pair.run_for(2min);
  expect_one_new_child(old);
}

TEST_P(ChildRekey, CollidingWithTheEndOfTheIkeSaLeavesNothing) {
  pair.client.rekey_child_sa();
  pair.gateway.close();
  pair.run_for(5min);
  EXPECT_EQ(pair.client.engine().ike_sa_count(), 0u);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
  EXPECT_THAT(pair.client.child_sas(), IsEmpty());
  EXPECT_THAT(pair.gateway.child_sas(), IsEmpty());
  EXPECT_THAT(pair.disagreements(), IsEmpty());
}

TEST_P(ChildRekey, IsDoneByItselfBeforeTheLifetimeEnds) {
  Pair short_lived = Pair::established(
      {.seed = GetParam(),
       .client = {.policy = ike::modern_policy(), .settings = {.child_rekey = 5min}, .is_responder = false}});
  short_lived.run_for(1h);
  EXPECT_GE(short_lived.client.count<ike::ChildSaEstablished>(), 12u);
  EXPECT_THAT(short_lived.disagreements(), IsEmpty());
  EXPECT_THAT(short_lived.client.child_sas(), SizeIs(1));
}

ike::EndpointConfig with_settings(ike::Settings settings) {
  return {.policy = classical_policy(), .settings = settings};
}

TEST_P(ChildRekey, IsDoneAfterSoManyOctets) {  // S83
  Pair metered = Pair::established(
      {.seed = GetParam(), .gateway = with_settings({.child_rekey = 0s, .child_rekey_bytes = 1'000'000})});
  ike::TrafficReport report{
      .child = metered.gateway.child_sas().begin()->first, .bytes_in = 400'000, .bytes_out = 600'000};
  metered.gateway.report_traffic(report);
  metered.run_until_idle();
  EXPECT_EQ(metered.gateway.count<ike::ChildSaEstablished>(), 1u);
  report.bytes_out += 1;
  metered.gateway.report_traffic(report);
  metered.run_until_idle();
  EXPECT_EQ(metered.gateway.count<ike::ChildSaEstablished>(), 2u);
  metered.run_for(1min);
  EXPECT_THAT(metered.disagreements(), IsEmpty());
}

TEST_P(ChildRekey, AHardLifetimeEndsAChildSaAndTheClientMakesAnother) {  // S84
  Pair mortal =
      Pair::established({.seed = GetParam(), .gateway = with_settings({.child_rekey = 0s, .child_lifetime = 10min})});
  mortal.run_for(9min);
  ASSERT_THAT(mortal.gateway.child_sas(), SizeIs(1));
  const EspSpi old = mortal.gateway.child_sa().spi_inbound;
  mortal.run_for(2min);
  EXPECT_THAT(mortal.gateway.child_sas(), IsEmpty());
  EXPECT_TRUE(mortal.client.has_ike_sa());
  mortal.client.create_child_sa({TrafficSelector::everything(Family::V4)}, {TrafficSelector::everything(Family::V4)});
  mortal.run_for(1min);
  ASSERT_THAT(mortal.gateway.child_sas(), SizeIs(1));
  EXPECT_NE(mortal.gateway.child_sa().spi_inbound, old);
  EXPECT_THAT(mortal.disagreements(), IsEmpty());
}

// The nonces of every seed fall in another order, so that either side wins a collision.
INSTANTIATE_TEST_SUITE_P(Seeds, ChildRekey, testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace agilevpn::sim
