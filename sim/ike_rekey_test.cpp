// Rekeying the IKE SA (RFC 7296 §2.8, §2.18): the regular case, collisions, and messages that come late or never.
#include <gmock/gmock.h>

#include "ike/typed_proposal.h"
#include "sim/forger.h"
#include "sim/pair.h"

namespace agilevpn::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct IkeRekey : testing::TestWithParam<std::uint64_t> {
  Pair pair = Pair::established({.seed = 70 + GetParam()});
  IkeSpi old_spi = pair.client.ike_sa().spi_i;
  ike::IkeSaId session = pair.client.ike_sa().ike_sa;

  // One session with one new IKE SA, still under its old handle, whose Child SA was not touched; and it works.
  void expect_one_new_ike_sa() {
    pair.run_for(2min);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    ASSERT_EQ(pair.client.engine().ike_sa_count(), 1u);
    ASSERT_EQ(pair.gateway.engine().ike_sa_count(), 1u);
    EXPECT_NE(pair.client.ike_sa().spi_i, old_spi);
    EXPECT_EQ(pair.client.ike_sa().ike_sa, session);
    EXPECT_THAT(pair.client.child_sas(), SizeIs(1));
    EXPECT_EQ(pair.client.count<ike::IkeSaClosed>(), 0u);
    EXPECT_EQ(pair.gateway.count<ike::IkeSaClosed>(), 0u);
    pair.client.rekey_child_sa();
    pair.run_for(15s);
    pair.gateway.rekey_child_sa();
    pair.run_for(15s);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    EXPECT_THAT(pair.client.child_sas(), SizeIs(1));
  }
};

TEST_P(IkeRekey, ByTheClientMakesANewIkeSaWithTheSameChildSa) {
  const auto child = pair.client.child_sa().child;
  pair.client.rekey_ike_sa();
  pair.run_until_idle();
  EXPECT_EQ(pair.client.child_sa().child, child);
  EXPECT_EQ(pair.client.count<ike::IkeSaRekeyed>(), 1u);
  EXPECT_EQ(pair.gateway.count<ike::IkeSaRekeyed>(), 1u);
  expect_one_new_ike_sa();
}

TEST_P(IkeRekey, ByTheGatewayMakesItTheOriginalInitiator) {
  pair.gateway.rekey_ike_sa();
  pair.run_until_idle();
  expect_one_new_ike_sa();
}

TEST_P(IkeRekey, MayBeRepeatedByEitherSide) {
  for (int i = 0; i < 3; ++i) {
    pair.gateway.rekey_ike_sa();
    pair.run_for(10s);
    pair.client.rekey_ike_sa();
    pair.run_for(10s);
  }
  expect_one_new_ike_sa();
  EXPECT_EQ(pair.client.count<ike::IkeSaRekeyed>(), 6u);
}

TEST_P(IkeRekey, WhenBothSidesRekeyOneIkeSaIsLeft) {  // RFC 7296 §2.8.2
  pair.client.rekey_ike_sa();
  pair.gateway.rekey_ike_sa();
  pair.run_until_idle();
  expect_one_new_ike_sa();
}

TEST_P(IkeRekey, ACollisionWithADelayedResponseLeavesOneIkeSa) {
  for (const bool is_first_delayed : {true, false}) {
    SCOPED_TRACE(is_first_delayed ? "the first response is late" : "the second response is late");
    Pair other = Pair::established({.seed = 90 + GetParam()});
    const IkeSpi old = other.client.ike_sa().spi_i;
    other.client.rekey_ike_sa();
    other.gateway.rekey_ike_sa();
    other.deliver_next();
    other.deliver_next();
    if (!is_first_delayed) other.deliver_next();
    const Datagram delayed = other.take_next();
    other.run_until_idle();
    other.deliver(delayed);
    other.run_for(2min);
    EXPECT_THAT(other.disagreements(), IsEmpty());
    EXPECT_NE(other.client.ike_sa().spi_i, old);
    EXPECT_EQ(other.client.engine().ike_sa_count(), 1u);
    EXPECT_EQ(other.gateway.engine().ike_sa_count(), 1u);
  }
}

TEST_P(IkeRekey, ARequestThatComesAfterTheOthersRekeyIsRefusedOrAnswered) {
  pair.gateway.rekey_ike_sa();
  const Datagram delayed = pair.take_next();
  pair.client.rekey_ike_sa();
  pair.run_until_idle();
  pair.deliver(delayed);
  expect_one_new_ike_sa();
}

TEST_P(IkeRekey, ARequestThatComesBetweenTheOthersResponseAndDeleteLeavesOneIkeSa) {
  pair.gateway.rekey_ike_sa();
  const Datagram delayed = pair.take_next();
  pair.client.rekey_ike_sa();
  pair.deliver_next();
  pair.deliver_next();
  pair.deliver(delayed);
  expect_one_new_ike_sa();
}

TEST_P(IkeRekey, ADroppedRequestOfACollisionIsMadeUpFor) {
  pair.client.rekey_ike_sa();
  pair.drop_next();
  pair.gateway.rekey_ike_sa();
  pair.run_until_idle();
  expect_one_new_ike_sa();
}

TEST_P(IkeRekey, EachMessageMayBeLostOnce) {
  for (int lost = 0; lost < 8; ++lost) {
    SCOPED_TRACE("message " + std::to_string(lost) + " was lost");
    Pair other = Pair::established({.seed = 100 + GetParam()});
    const std::uint64_t first = other.sent().size();
    other.drops = [&](const Datagram& datagram) { return datagram.number == first + static_cast<std::uint64_t>(lost); };
    other.client.rekey_ike_sa();
    if (lost % 2 == 0) other.gateway.rekey_ike_sa();
    other.run_for(2min);
    EXPECT_THAT(other.disagreements(), IsEmpty());
    EXPECT_EQ(other.client.engine().ike_sa_count(), 1u);
    EXPECT_EQ(other.gateway.engine().ike_sa_count(), 1u);
  }
}

// The peer may be away for long after it asked: the new IKE SA counts once it has shown that it knows it.
TEST_P(IkeRekey, AResponseThatIsLostForMinutesIsSentAgain) {
  for (const bool by_client : {true, false}) {
    Pair other = Pair::established({.seed = 110 + GetParam()});
    const IkeSpi old = other.client.ike_sa().spi_i;
    (by_client ? other.client : other.gateway).rekey_ike_sa();
    other.deliver_next();
    other.drops = [](const Datagram&) { return true; };
    other.drop_next();
    other.run_for(4min);
    other.drops = {};
    other.client.move(other.client_path());
    other.run_for(3min);
    EXPECT_THAT(other.disagreements(), IsEmpty());
    ASSERT_TRUE(other.client.has_ike_sa());
    EXPECT_NE(other.client.ike_sa().spi_i, old);
    EXPECT_EQ(other.client.count<ike::IkeSaClosed>() + other.gateway.count<ike::IkeSaClosed>(), 0u);
  }
}

TEST_P(IkeRekey, ADeleteThatIsLostForMinutesDoesNotKeepTheOldIkeSa) {
  pair.client.rekey_ike_sa();
  pair.deliver_next();
  pair.deliver_next();
  pair.drops = [](const Datagram&) { return true; };
  pair.drop_next();
  pair.run_for(4min);
  pair.drops = {};
  pair.client.move(pair.client_path());
  expect_one_new_ike_sa();
}

// The two ends prefer different key exchange methods, so whoever rekeys guesses wrong (RFC 7296 §1.3, INVALID_KE_PAYLOAD).
ike::EndpointConfig preferring(const char* first, const char* second, bool is_responder) {
  ike::Policy policy{"two methods",
                     {*ike::parse_ike_proposal(first), *ike::parse_ike_proposal(second)},
                     {*ike::parse_esp_proposal("aes256gcm16")}};
  return {.policy = std::move(policy), .is_responder = is_responder};
}
PairOptions different_preferences(std::uint64_t seed) {
  return {.seed = seed,
          .client = preferring("aes256gcm16-prfsha256-x25519", "aes256gcm16-prfsha256-ecp256", false),
          .gateway = preferring("aes256gcm16-prfsha256-ecp256", "aes256gcm16-prfsha256-x25519", true)};
}

TEST_P(IkeRekey, AnInvalidKeyExchangeMethodIsTriedAgainWithTheOneThatIsWanted) {
  for (const bool by_client : {true, false}) {
    Pair other = Pair::established(different_preferences(GetParam()));
    (by_client ? other.client : other.gateway).rekey_ike_sa();
    other.run_for(1min);
    EXPECT_THAT(other.disagreements(), IsEmpty());
    EXPECT_EQ(other.client.count<ike::IkeSaRekeyed>(), 1u);
  }
}

// A gateway that answers every rekey with INVALID_KE_PAYLOAD: the client's next message, as the methods of its KE payloads.
std::vector<crypto::KeyExchangeId> asked_when_refused(Pair& pair, std::initializer_list<crypto::KeyExchangeId> wanted) {
  Forger gateway{pair, pair.gateway};
  std::vector<crypto::KeyExchangeId> asked;
  for (const crypto::KeyExchangeId method : wanted) {
    if (pair.is_idle()) break;
    const Datagram request = pair.take_next();
    const auto payloads = Forger{pair, pair.client}.open(request.octets);
    asked.push_back(ike::wire::find<ike::wire::KePayload>(*payloads)->method);
    gateway.inject(gateway.seal(gateway.response_header(request),
                                {ike::wire::notify(ike::wire::NotifyType::InvalidKePayload,
                                                   Writer{}.u16(static_cast<std::uint16_t>(method)).take())}));
  }
  return asked;
}

TEST_P(IkeRekey, AMethodThatOurPolicyDoesNotHaveIsNotTaken) {
  pair.client.rekey_ike_sa();
  using enum crypto::KeyExchangeId;
  EXPECT_THAT(asked_when_refused(pair, {Modp1024, Modp1024}), ElementsAre(Curve25519));
  EXPECT_EQ(pair.client.count<ike::ExchangeRefused>(), 1u);
}

TEST_P(IkeRekey, APeerThatWantsOneMethodAfterTheOtherIsAskedTwice) {
  Pair other = Pair::established(different_preferences(GetParam()));
  other.client.rekey_ike_sa();
  using enum crypto::KeyExchangeId;
  EXPECT_THAT(asked_when_refused(other, {Curve25519, Ecp256, Curve25519, Ecp256}), SizeIs(2));
  EXPECT_EQ(other.client.count<ike::ExchangeRefused>(), 1u);
}

TEST_P(IkeRekey, ACollisionWithInvalidKeyExchangeMethodsLeavesOneIkeSa) {
  Pair other = Pair::established(different_preferences(GetParam()));
  other.client.rekey_ike_sa();
  other.gateway.rekey_ike_sa();
  other.run_for(2min);
  EXPECT_THAT(other.disagreements(), IsEmpty());
  EXPECT_GE(other.client.count<ike::IkeSaRekeyed>(), 1u);
  EXPECT_EQ(other.gateway.engine().ike_sa_count(), 1u);
}

// The gateway, which never got our response, knows no IKE SA but the old one and ours that goes; and it speaks to where we were.
TEST_P(IkeRekey, ACollisionWithResponsesLostAndAMoveLeavesOneIkeSa) {
  const IpAddress former = pair.client.ike_sa().path.local.address, other = *IpAddress::parse("192.0.2.77");
  pair.client_addresses.insert(other);
  pair.client.rekey_ike_sa();
  pair.gateway.rekey_ike_sa();
  pair.deliver_next();
  pair.deliver_next();
  pair.drops = [&](const Datagram& datagram) {
    return datagram.path.local.address == former || datagram.path.peer.address == former;
  };
  while (!pair.is_idle()) pair.drop_next();
  pair.client.move(pair.client_path(other.to_string()));
  expect_one_new_ike_sa();
}

TEST_P(IkeRekey, ACollisionWithInvalidMethodsAndADelayedRetryLeavesOneIkeSa) {
  Pair other = Pair::established(different_preferences(GetParam()));
  other.client.rekey_ike_sa();
  other.gateway.rekey_ike_sa();
  for (int i = 0; i < 3; ++i) other.deliver_next();
  const Datagram delayed = other.take_next();
  other.run_until_idle();
  other.deliver(delayed);
  other.run_for(2min);
  EXPECT_THAT(other.disagreements(), IsEmpty());
  EXPECT_EQ(other.client.engine().ike_sa_count(), 1u);
  EXPECT_EQ(other.gateway.engine().ike_sa_count(), 1u);
}

TEST_P(IkeRekey, CollidingWithADeleteLeavesNothing) {
  for (const bool delete_first : {true, false}) {
    Pair other = Pair::established({.seed = GetParam()});
    if (delete_first) other.gateway.close();
    other.client.rekey_ike_sa();
    if (!delete_first) other.gateway.close();
    other.run_for(5min);
    EXPECT_EQ(other.client.engine().ike_sa_count(), 0u);
    EXPECT_EQ(other.gateway.engine().ike_sa_count(), 0u);
    EXPECT_EQ(other.client.poll_timeout(), std::nullopt);
    EXPECT_THAT(other.disagreements(), IsEmpty());
  }
}

TEST_P(IkeRekey, CollidingWithADeleteWhoseMessageIsLostLeavesNothing) {
  pair.gateway.close();
  pair.drop_next();
  pair.client.rekey_ike_sa();
  pair.run_for(5min);
  EXPECT_EQ(pair.client.engine().ike_sa_count(), 0u);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
}

TEST_P(IkeRekey, CollidingWithANewChildSaEndsWithBoth) {
  pair.client.create_child_sa({TrafficSelector::everything(Family::V4)}, {TrafficSelector::everything(Family::V4)});
  pair.gateway.rekey_ike_sa();
  pair.run_for(2min);
  EXPECT_THAT(pair.disagreements(), IsEmpty());
  EXPECT_THAT(pair.client.child_sas(), SizeIs(2));
  EXPECT_NE(pair.client.ike_sa().spi_i, old_spi);
}

TEST_P(IkeRekey, IsDoneByItselfBeforeTheLifetimeEnds) {
  PairOptions options{.seed = GetParam()};
  options.client.settings.ike_rekey = options.gateway.settings.ike_rekey = 10min;
  Pair short_lived = Pair::established(std::move(options));
  short_lived.run_for(2h);
  EXPECT_GE(short_lived.client.count<ike::IkeSaRekeyed>(), 12u);
  EXPECT_THAT(short_lived.disagreements(), IsEmpty());
  EXPECT_THAT(short_lived.client.child_sas(), SizeIs(1));
  EXPECT_EQ(short_lived.gateway.engine().ike_sa_count(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, IkeRekey, testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace agilevpn::sim
