// Rekeys with additional key exchanges: CREATE_CHILD_SA and IKE_FOLLOWUP_KE (RFC 9370 §2.2.4).
#include <gmock/gmock.h>

#include "base/codec.h"
#include "crypto/key_exchange.h"
#include "ike/typed_proposal.h"
#include "sim/forger.h"
#include "sim/hybrid.h"

namespace agilevpn::sim {
namespace {

namespace wire = ike::wire;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using wire::ExchangeType;

constexpr std::string_view with_p384_and_x448 = "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke2_x448";

// What is rekeyed in a test, and by whom.
enum class Rekeyed : std::uint8_t { IkeSa, ChildSa };

class Followup : public testing::TestWithParam<std::tuple<Rekeyed, std::uint64_t>> {
 protected:
  Pair make() const { return Pair::established(hybrid(with_p384_and_x448, 300 + std::get<1>(GetParam()))); }
  static bool is_ike_sa() { return std::get<0>(GetParam()) == Rekeyed::IkeSa; }
  static void rekey(EndpointHost& host) { is_ike_sa() ? host.rekey_ike_sa() : host.rekey_child_sa(); }

  // One session with one IKE SA and one Child SA, which both ends have, new ones where they were rekeyed; and it works.
  static void expect_rekeyed(Pair& pair, IkeSpi old_ike_sa, EspSpi old_child) {
    pair.run_for(2min);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    ASSERT_EQ(pair.client.engine().ike_sa_count(), 1u);
    ASSERT_EQ(pair.gateway.engine().ike_sa_count(), 1u);
    EXPECT_THAT(pair.client.child_sas(), SizeIs(1));
    EXPECT_EQ(pair.client.ike_sa().spi_i != old_ike_sa, is_ike_sa());
    EXPECT_EQ(pair.client.child_sa().spi_inbound != old_child, !is_ike_sa());
    EXPECT_EQ(pair.client.count<ike::IkeSaClosed>() + pair.gateway.count<ike::IkeSaClosed>(), 0u);
    EXPECT_THAT(pair.client.ike_sa().suite, HasSubstr("X25519 + P-384 + X448"));
    pair.gateway.rekey_ike_sa();
    pair.run_for(15s);
    pair.client.rekey_child_sa();
    pair.run_for(15s);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
  }
};

struct Before {
  explicit Before(const Pair& pair) : ike_sa(pair.client.ike_sa().spi_i), child(pair.client.child_sa().spi_inbound) {}
  IkeSpi ike_sa;
  EspSpi child;
};

TEST_P(Followup, ByEitherSideMakesOneExchangeForEachMethod) {
  for (const bool by_client : {true, false}) {
    Pair pair = make();
    const Before before{pair};
    rekey(by_client ? pair.client : pair.gateway);
    pair.run_until_idle();
    EXPECT_EQ(count_sent(pair, ExchangeType::IkeFollowupKe), 4u);
    if (!is_ike_sa()) {
      EXPECT_THAT(pair.client.last<ike::ChildSaEstablished>()->suite, HasSubstr("X25519 + P-384 + X448"));
    }
    expect_rekeyed(pair, before.ike_sa, before.child);
  }
}

TEST_P(Followup, BothSidesAtOnceLeaveOne) {
  Pair pair = make();
  const Before before{pair};
  rekey(pair.client);
  rekey(pair.gateway);
  pair.run_until_idle();
  EXPECT_EQ(count_sent(pair, ExchangeType::IkeFollowupKe), 4u) << "the one with the lowest nonce just stops";
  expect_rekeyed(pair, before.ike_sa, before.child);
}

TEST_P(Followup, EachDatagramMayBeLost) {
  for (const bool collides : {true, false}) {
    for (std::uint64_t lost = 0; lost < 12; ++lost) {
      SCOPED_TRACE((collides ? "in a collision, datagram " : "datagram ") + std::to_string(lost) + " was lost");
      Pair pair = make();
      const Before before{pair};
      const std::uint64_t first = pair.sent().size();
      pair.drops = [&](const Datagram& datagram) { return datagram.number == first + lost; };
      rekey(pair.client);
      if (collides) rekey(pair.gateway);
      expect_rekeyed(pair, before.ike_sa, before.child);
    }
  }
}

TEST_P(Followup, ARequestOfTheOthersThatComesInBetweenIsPutOff) {
  for (int after = 1; after < 7; ++after) {
    SCOPED_TRACE("after " + std::to_string(after) + " datagrams");
    Pair pair = make();
    const Before before{pair};
    rekey(pair.gateway);
    const Datagram delayed = pair.take_next();
    rekey(pair.client);
    for (int i = 0; i < after; ++i) pair.deliver_next();
    pair.deliver(delayed);
    expect_rekeyed(pair, before.ike_sa, before.child);
  }
}

TEST_P(Followup, OverABadLinkAgreesInTheEnd) {
  PairOptions options = hybrid(with_p384_and_x448, 500 + std::get<1>(GetParam()));
  Pair pair = Pair::established(std::move(options));
  pair.options().link = {.latency = 30ms, .jitter = 60ms, .loss = 0.15, .duplication = 0.1, .reorders = true};
  for (int i = 0; i < 5; ++i) {
    rekey(pair.client);
    pair.run_for(50ms);
    rekey(pair.gateway);
    pair.run_for(60s);
  }
  pair.options().link = {.latency = 10ms};
  pair.run_for(2min);
  EXPECT_THAT(pair.disagreements(), IsEmpty());
  EXPECT_EQ(pair.client.engine().ike_sa_count(), pair.gateway.engine().ike_sa_count());
}

INSTANTIATE_TEST_SUITE_P(Seeds, Followup,
                         testing::Combine(testing::Values(Rekeyed::IkeSa, Rekeyed::ChildSa),
                                          testing::Range<std::uint64_t>(0, 6)));

TEST(FollowupKe, OfAnUnknownLinkIsStateNotFoundAndTheSessionLives) {
  Pair pair = Pair::established(hybrid(with_p384_and_x448));
  Forger client{pair, pair.client};
  const auto answer = client.request(ExchangeType::IkeFollowupKe,
                                     {wire::payload(wire::KePayload{crypto::KeyExchangeId::Ecp384, Bytes(96)}),
                                      wire::notify(wire::NotifyType::AdditionalKeyExchange, Bytes(8))});
  EXPECT_TRUE(find_notify(answer, wire::NotifyType::StateNotFound));
  EXPECT_TRUE(pair.gateway.ike_sa().is_established);
}

// The responder waits for 20 s. What is lost for longer begins anew.
TEST(FollowupKe, AfterALongOutageIsBegunAnew) {
  for (const auto subject : {Rekeyed::IkeSa, Rekeyed::ChildSa}) {
    Pair pair = Pair::established(hybrid(with_p384_and_x448));
    const Before before{pair};
    subject == Rekeyed::IkeSa ? pair.client.rekey_ike_sa() : pair.client.rekey_child_sa();
    pair.deliver_next();
    pair.deliver_next();
    pair.drops = [](const Datagram&) { return true; };
    pair.drop_next();
    pair.run_for(25s);
    pair.drops = {};
    pair.run_for(2min);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    ASSERT_NE(pair.gateway.last<ike::ExchangeRefused>(), nullptr);
    EXPECT_EQ(pair.gateway.last<ike::ExchangeRefused>()->notify, wire::NotifyType::StateNotFound);
    EXPECT_EQ(pair.client.ike_sa().spi_i != before.ike_sa, subject == Rekeyed::IkeSa);
    EXPECT_EQ(pair.client.child_sa().spi_inbound != before.child, subject == Rekeyed::ChildSa);
  }
}

TEST(FollowupKe, AResponderThatNobodyGoesOnWithForgets) {
  Pair pair = Pair::established(hybrid(with_p384_and_x448));
  const Before before{pair};
  pair.client.rekey_ike_sa();
  pair.deliver_next();
  pair.drop_next();
  pair.client.suspend();
  pair.run_for(1min);
  EXPECT_EQ(pair.gateway.count<ike::IkeSaRekeyed>(), 0u);
  EXPECT_EQ(pair.gateway.ike_sa().spi_i, before.ike_sa);
  pair.client.move(pair.client_path());
  pair.run_for(1min);
  ASSERT_NE(pair.gateway.last<ike::ExchangeRefused>(), nullptr);
  EXPECT_EQ(pair.gateway.last<ike::ExchangeRefused>()->notify, wire::NotifyType::StateNotFound);
  EXPECT_NE(pair.gateway.ike_sa().spi_i, before.ike_sa);
  EXPECT_THAT(pair.disagreements(), IsEmpty());
}

TEST(FollowupKe, APeerWhoseChildSasKnowNoAdditionalKeyExchangeTakesTheRest) {
  Pair pair = Pair::established(hybrid("aes256gcm16-prfsha384-x25519-ke1_ecp384"));
  Forger client{pair, pair.client};
  const auto& child = pair.client.child_sa();
  SeededRandom random{5};
  const auto ours = crypto::KeyExchange::generate(crypto::KeyExchangeId::Curve25519, random);
  const auto esp =
      ike::offer(ike::with_key_exchange({*ike::parse_esp_proposal("aes256gcm16")}, {crypto::KeyExchangeId::Curve25519}),
                 Writer{}.u32(0x12345678).take());
  const auto answer =
      client.request(ExchangeType::CreateChildSa,
                     {wire::payload(wire::SaPayload{esp}), wire::payload(wire::NoncePayload{Bytes(32)}),
                      wire::payload(wire::KePayload{crypto::KeyExchangeId::Curve25519, to_bytes(ours->public_value())}),
                      wire::ts_i(child.ts_local), wire::ts_r(child.ts_remote)});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(wire::find<wire::KePayload>(*answer));
  EXPECT_FALSE(find_notify(answer, wire::NotifyType::AdditionalKeyExchange));
  EXPECT_THAT(pair.gateway.child_sas(), SizeIs(2));
}

}  // namespace
}  // namespace agilevpn::sim
