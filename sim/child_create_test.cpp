// More Child SAs on one IKE SA, and their end (RFC 7296 §1.3.1, §1.4.1), with a peer that follows the rules and one that
// does not.
#include <gmock/gmock.h>

#include "ike/proposals.h"
#include "sim/forger.h"

namespace agilevpn::sim {
namespace {

using ike::wire::DeletePayload;
using ike::wire::ExchangeType;
using ike::wire::NotifyType;
using ike::wire::PayloadType;
using ike::wire::ProtocolId;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TrafficSelectors selectors(std::string_view prefix) { return {TrafficSelector::of(*IpPrefix::parse(prefix))}; }

struct ChildCreate : testing::Test {
  Pair pair = Pair::established();
  void expect_all_well(std::size_t child_count) {
    pair.run_for(15s);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    EXPECT_THAT(pair.client.child_sas(), SizeIs(child_count));
    EXPECT_EQ(pair.client.count<ike::IkeSaClosed>() + pair.gateway.count<ike::IkeSaClosed>(), 0u);
  }
  ike::wire::Payloads delete_of(EspSpi spi) { return {ike::wire::payload(DeletePayload{ProtocolId::Esp, {spi}})}; }
};

TEST_F(ChildCreate, ASecondChildSaLivesBesideTheFirst) {
  const auto lease = *pair.client.ike_sa().lease->ipv4;
  pair.client.create_child_sa({TrafficSelector::of({lease, 32})}, selectors("192.168.10.0/24"));
  expect_all_well(2);
  EXPECT_EQ(pair.client.child_sa().ts_remote, selectors("192.168.10.0/24"));
  EXPECT_EQ(pair.client.last<ike::ChildSaEstablished>()->rekeyed, std::nullopt);
}

TEST_F(ChildCreate, TheGatewayMayCreateOneToo) {
  const auto lease = *pair.client.ike_sa().lease->ipv4;
  pair.gateway.create_child_sa(selectors("192.168.10.0/24"), {TrafficSelector::of({lease, 32})});
  expect_all_well(2);
}

TEST_F(ChildCreate, EachIsRekeyedOnItsOwn) {
  const auto lease = *pair.client.ike_sa().lease->ipv4;
  pair.client.create_child_sa({TrafficSelector::of({lease, 32})}, selectors("192.168.10.0/24"));
  pair.run_for(1s);
  const auto first = pair.client.child_sas().begin()->first;
  pair.client.rekey_child_sa(first);
  pair.client.rekey_child_sa();
  expect_all_well(2);
  EXPECT_FALSE(pair.client.child_sas().contains(first));
}

TEST_F(ChildCreate, SelectorsThatTheGatewayDoesNotAllowAreRefusedAndNothingElseHappens) {
  pair.client.create_child_sa(selectors("198.51.100.0/24"), selectors("192.168.10.0/24"));
  pair.run_for(1s);
  ASSERT_NE(pair.client.last<ike::ExchangeRefused>(), nullptr);
  EXPECT_EQ(pair.client.last<ike::ExchangeRefused>()->notify, NotifyType::TsUnacceptable);
  expect_all_well(1);
}

TEST_F(ChildCreate, ThereIsABoundOnThem) {
  const auto lease = *pair.client.ike_sa().lease->ipv4;
  for (int i = 0; i < 60; ++i) {
    pair.client.create_child_sa({TrafficSelector::of({lease, 32})}, selectors("192.168.10.0/24"));
    pair.run_for(1s);
  }
  EXPECT_LE(pair.gateway.child_sas().size(), ike::limits::child_sas_max);
  EXPECT_EQ(pair.client.last<ike::ExchangeRefused>()->notify, NotifyType::NoAdditionalSas);
  EXPECT_THAT(pair.disagreements(), IsEmpty());
}

// ---- A peer that deletes Child SAs.

TEST_F(ChildCreate, ADeletedChildSaGoesWithItsPartner) {
  Forger gateway{pair, pair.gateway};
  const auto& child = pair.gateway.child_sa();
  const auto response = gateway.request(ExchangeType::Informational, delete_of(child.spi_inbound));
  ASSERT_TRUE(response);
  const auto* answer = ike::wire::find<DeletePayload>(*response);
  ASSERT_NE(answer, nullptr);
  EXPECT_THAT(answer->spis, ElementsAre(child.spi_outbound));
  EXPECT_THAT(pair.client.child_sas(), IsEmpty());
  EXPECT_TRUE(pair.client.has_ike_sa());
  ASSERT_NE(pair.client.last<ike::ChildSaClosed>(), nullptr);
  EXPECT_TRUE(pair.client.last<ike::ChildSaClosed>()->by_peer);
}

TEST_F(ChildCreate, ADeleteForAnUnknownChildSaIsAnsweredAndChangesNothing) {
  Forger gateway{pair, pair.gateway};
  const auto response = gateway.request(ExchangeType::Informational, delete_of(EspSpi{0x12345678}));
  ASSERT_TRUE(response);
  EXPECT_EQ(ike::wire::find<DeletePayload>(*response), nullptr);
  EXPECT_THAT(pair.client.child_sas(), SizeIs(1));
}

TEST_F(ChildCreate, DeletesThatCrossAreNotAnsweredWithADelete) {  // RFC 7296 §1.4.1
  pair.client.rekey_child_sa();
  const auto old_gateway_spi = pair.gateway.child_sa().spi_inbound;
  pair.deliver_next();
  pair.deliver_next();
  const Datagram clients_delete = pair.take_next();
  Forger gateway{pair, pair.gateway};
  const auto response = gateway.request(ExchangeType::Informational, delete_of(old_gateway_spi));
  ASSERT_TRUE(response);
  EXPECT_EQ(ike::wire::find<DeletePayload>(*response), nullptr);
  EXPECT_EQ(clients_delete.header()->exchange, ExchangeType::Informational);
  EXPECT_EQ(pair.client.ike_sa().child_sas.size(), 1u);
}

TEST_F(ChildCreate, ARekeyOfADeletedChildSaIsRefusedWithChildSaNotFound) {  // RFC 7296 §2.25.1
  const auto old = pair.gateway.child_sa().spi_inbound;
  Forger gateway{pair, pair.gateway};
  static_cast<void>(gateway.request(ExchangeType::Informational, delete_of(old)));
  const ike::wire::Payloads rekey{
      ike::wire::payload(
          ike::wire::NotifyPayload{ProtocolId::Esp, Writer{}.u32(old.value).take(), NotifyType::RekeySa, {}}),
      ike::wire::payload(ike::wire::SaPayload{ike::offer(pair.options().gateway.policy.esp, Bytes(4, std::byte{7}))}),
      ike::wire::payload(ike::wire::NoncePayload{Bytes(32, std::byte{7})}), ike::wire::ts_i(selectors("0.0.0.0/0")),
      ike::wire::ts_r(selectors("0.0.0.0/0"))};
  const auto response = gateway.request(ExchangeType::CreateChildSa, rekey);
  EXPECT_NE(find_notify(response, NotifyType::ChildSaNotFound), nullptr);
  EXPECT_TRUE(pair.client.has_ike_sa());
}

// ---- What we do not do.

// A request for one more Child SA, with this notify.
ike::wire::Payloads another_child(Pair& pair, ike::wire::Payload notify) {
  return {
      std::move(notify),
      ike::wire::payload(ike::wire::SaPayload{ike::offer(pair.options().client.policy.esp, Bytes(4, std::byte{7}))}),
      ike::wire::payload(ike::wire::NoncePayload{Bytes(32, std::byte{7})}),
      ike::wire::ts_i({TrafficSelector::of({*pair.client.ike_sa().lease->ipv4, 32})}),
      ike::wire::ts_r(selectors("192.168.10.0/24"))};
}

TEST_F(ChildCreate, IpcompIsDeclinedAndTheChildSaComesUp) {  // S2
  Forger client{pair, pair.client};
  const Bytes deflate =
      "0001"
      "02"_hex;  // CPI 1, DEFLATE
  const auto response = client.request(ExchangeType::CreateChildSa,
                                       another_child(pair, ike::wire::notify(NotifyType::IpcompSupported, deflate)));
  ASSERT_TRUE(response);
  EXPECT_NE(ike::wire::find<ike::wire::SaPayload>(*response), nullptr);
  EXPECT_EQ(find_notify(response, NotifyType::IpcompSupported), nullptr);
  EXPECT_THAT(pair.gateway.child_sas(), SizeIs(2));
}

TEST_F(ChildCreate, TransportModeIsDeclinedAndSaid) {  // S17
  Forger client{pair, pair.client};
  const auto response =
      client.request(ExchangeType::CreateChildSa, another_child(pair, ike::wire::notify(NotifyType::UseTransportMode)));
  ASSERT_TRUE(response);
  EXPECT_EQ(find_notify(response, NotifyType::UseTransportMode), nullptr);
  ASSERT_NE(pair.gateway.last<ike::ExchangeRefused>(), nullptr);
  EXPECT_THAT(pair.gateway.last<ike::ExchangeRefused>()->reason, testing::HasSubstr("tunnel mode it is"));
}

// The responder of a rekey deletes the new SA instead of the old one ("incorrect delete").
TEST_F(ChildCreate, TheNewChildSaOfARekeyMayBeDeletedInsteadOfTheOld) {
  pair.client.rekey_child_sa();
  pair.deliver_next();
  const auto new_spi = pair.gateway.child_sa().spi_inbound;
  pair.deliver_next();
  pair.drop_next();  // The client's Delete of the old one.
  Forger gateway{pair, pair.gateway};
  const auto response = gateway.request(ExchangeType::Informational, delete_of(new_spi));
  ASSERT_TRUE(response);
  EXPECT_TRUE(pair.client.has_ike_sa());
  EXPECT_LE(pair.client.ike_sa().child_sas.size(), 1u);
}

TEST_F(ChildCreate, ADeleteWithTooManySpisIsHarmless) {
  Forger gateway{pair, pair.gateway};
  DeletePayload many{ProtocolId::Esp, {}};
  for (std::uint32_t i = 0; i < 500; ++i) many.spis.push_back(EspSpi{1000 + i});
  many.spis.push_back(pair.gateway.child_sa().spi_inbound);
  many.spis.push_back(pair.gateway.child_sa().spi_inbound);
  EXPECT_TRUE(gateway.request(ExchangeType::Informational, {ike::wire::payload(many)}));
  EXPECT_THAT(pair.client.child_sas(), IsEmpty());
  EXPECT_THAT(pair.client.data_plane().mistakes(), IsEmpty());
}

TEST_F(ChildCreate, CollidingWithTheEndOfTheIkeSaLeavesNothing) {
  pair.client.create_child_sa({TrafficSelector::everything(Family::V4)}, selectors("192.168.10.0/24"));
  pair.gateway.close();
  pair.run_for(5min);
  EXPECT_EQ(pair.client.engine().ike_sa_count() + pair.gateway.engine().ike_sa_count(), 0u);
  EXPECT_THAT(pair.client.child_sas(), IsEmpty());
  EXPECT_THAT(pair.gateway.child_sas(), IsEmpty());
}

}  // namespace
}  // namespace agilevpn::sim
