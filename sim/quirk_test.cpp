// Habits of peers that nobody recognised: what they show by refusing is learnt, and minded from then on. Who is recognised at
// once, and how each product behaves for a week, is shown by the models of the stock clients.
#include <gmock/gmock.h>

#include "ike/proposals.h"
#include "ike/wire/microsoft_status.h"
#include "sim/forger.h"

namespace agilevpn::sim {
namespace {

namespace wire = ike::wire;
using testing::IsEmpty;
using testing::SizeIs;
using wire::ExchangeType;

// A gateway whose client refuses rekeys of Child SAs as Windows does.
struct LearnsFrom : testing::Test {
  static Pair made(ike::Quirks ignored = {}) {
    PairOptions options;
    options.gateway.settings.child_rekey = 10min;
    options.gateway.settings.ignored_quirks = ignored;
    return Pair::established(std::move(options));
  }
  // The gateway's rekey of the Child SA, which is in flight, refused so. The method of its KE payload, if it had one.
  static std::optional<crypto::KeyExchangeId> refuse_rekey(Pair& pair, wire::Payload refusal) {
    const Datagram request = pair.take_next();
    Forger client{pair, pair.client}, gateway{pair, pair.gateway};
    const auto payloads = client.open(request.octets);
    EXPECT_EQ(request.header()->exchange, ExchangeType::CreateChildSa);
    // The client's engine sees another request in its place, so that it counts on.
    wire::Header header = *request.header();
    header.exchange = ExchangeType::Informational;
    gateway.inject(gateway.seal(header, {}));
    pair.drop_next();
    client.inject(client.seal(client.response_header(request), {std::move(refusal)}));
    const auto* ke = wire::find<wire::KePayload>(payloads.value());
    return ke ? std::optional{ke->method} : std::nullopt;
  }
  // Whether it had one.
  static bool refuse_rekey(Pair& pair, std::uint32_t status) {
    return refuse_rekey(pair, wire::microsoft_status_notify(status)).has_value();
  }
};

TEST_F(LearnsFrom, InvalidSituationLeavesTheRekeysToThePeer) {  // S81
  Pair pair = made();
  pair.gateway.rekey_child_sa();
  refuse_rekey(pair, wire::microsoft_status::ipsec_ike_invalid_situation);
  ASSERT_EQ(pair.gateway.count<ike::QuirkLearned>(), 1u);
  EXPECT_TRUE(pair.gateway.ike_sa().quirks.has(ike::Quirk::RekeysChildren));
  const EspSpi old = pair.gateway.child_sa().spi_inbound;
  pair.run_for(40min);
  EXPECT_EQ(pair.gateway.child_sa().spi_inbound, old) << "our timer was 10 minutes";
  EXPECT_EQ(pair.gateway.count<ike::IkeSaClosed>(), 0u);
}

TEST_F(LearnsFrom, WhereItIsIgnoredTheGatewayGoesOnAsking) {
  Pair pair = made({ike::Quirk::RekeysChildren});
  pair.gateway.rekey_child_sa();
  refuse_rekey(pair, wire::microsoft_status::ipsec_ike_invalid_situation);
  EXPECT_EQ(pair.gateway.count<ike::QuirkLearned>(), 0u);
  const EspSpi old = pair.gateway.child_sa().spi_inbound;
  pair.run_for(40min);
  EXPECT_NE(pair.gateway.child_sa().spi_inbound, old);
}

TEST_F(LearnsFrom, AnIkeErrorAtAKeyExchangeRekeysAgainWithoutOne) {  // S80
  Pair pair = made();
  const EspSpi old = pair.gateway.child_sa().spi_inbound;
  pair.gateway.rekey_child_sa();
  EXPECT_TRUE(refuse_rekey(pair, wire::microsoft_status::ipsec_ike_error));
  EXPECT_TRUE(pair.gateway.ike_sa().quirks.has(ike::Quirk::TakesNoKeyExchange));
  pair.run_until_idle();
  EXPECT_NE(pair.gateway.child_sa().spi_inbound, old) << "once more, without";
  pair.gateway.rekey_child_sa();
  EXPECT_FALSE(refuse_rekey(pair, wire::microsoft_status::ipsec_ike_error)) << "known now";
}

TEST_F(LearnsFrom, AnotherKeyExchangeMethodThatItWantsBeginsTheNextRekey) {
  using enum crypto::KeyExchangeId;
  Pair pair = made();
  const auto wants_p256 = [] {
    return wire::notify(wire::NotifyType::InvalidKePayload, Writer{}.u16(static_cast<std::uint16_t>(Ecp256)).take());
  };
  pair.gateway.rekey_child_sa();
  EXPECT_EQ(refuse_rekey(pair, wants_p256()), Curve25519);
  pair.run_until_idle();
  EXPECT_THAT(pair.gateway.last<ike::ChildSaEstablished>()->suite, testing::HasSubstr("P-256"));
  pair.gateway.rekey_child_sa();
  EXPECT_EQ(refuse_rekey(pair, wants_p256()), Ecp256);
}

TEST_F(LearnsFrom, AnyOtherErrorTeachesNothing) {
  Pair pair = made();
  pair.gateway.rekey_child_sa();
  refuse_rekey(pair, 87);
  EXPECT_EQ(pair.gateway.count<ike::QuirkLearned>(), 0u);
  pair.run_for(30min);
  EXPECT_THAT(pair.disagreements(), IsEmpty());
  EXPECT_THAT(pair.gateway.child_sas(), SizeIs(1));
}

}  // namespace
}  // namespace agilevpn::sim
