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
  // The gateway's rekey of the Child SA, which is in flight, refused so. Whether it had a KE payload.
  static bool refuse_rekey(Pair& pair, std::uint32_t status) {
    const Datagram request = pair.take_next();
    Forger client{pair, pair.client}, gateway{pair, pair.gateway};
    const auto payloads = client.open(request.octets);
    EXPECT_EQ(request.header()->exchange, ExchangeType::CreateChildSa);
    // The client's engine sees another request in its place, so that it counts on.
    wire::Header header = *request.header();
    header.exchange = ExchangeType::Informational;
    gateway.inject(gateway.seal(header, {}));
    pair.drop_next();
    client.inject(client.seal(client.response_header(request), {wire::microsoft_status_notify(status)}));
    return wire::find<wire::KePayload>(payloads.value()) != nullptr;
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
