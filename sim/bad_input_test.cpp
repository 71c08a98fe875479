// What the network may throw at an engine: replayed, reflected, truncated, oversized, bit-flipped, out-of-window and wrong
// messages. Each is dropped or refused as the RFC says, and the session goes on untouched.
#include <gmock/gmock.h>

#include "sim/forger.h"

namespace agilevpn::sim {
namespace {

using ike::wire::ExchangeType;
using ike::wire::NotifyType;
using ike::wire::Payload;
using ike::wire::Payloads;
using ike::wire::PayloadType;
using testing::IsEmpty;
using testing::SizeIs;

struct BadInput : testing::Test {
  Pair pair = Pair::established({.auth = PairOptions::Auth::Certificates});
  Forger client{pair, pair.client};
  Forger gateway{pair, pair.gateway};

  // Nothing was closed or made, and the session still works both ways.
  void expect_untouched() {
    pair.run_for(1min);
    EXPECT_EQ(pair.client.count<ike::IkeSaClosed>(), 0u);
    const auto* closed = pair.gateway.last<ike::IkeSaClosed>();
    EXPECT_TRUE(closed == nullptr || !closed->was_established);  // A replayed IKE_SA_INIT.
    EXPECT_EQ(pair.client.engine().ike_sa_count(), 1u);
    EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 1u);
    EXPECT_EQ(pair.gateway.engine().half_open_count(), 0u);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    const auto children = pair.client.count<ike::ChildSaEstablished>();
    pair.client.rekey_child_sa();
    pair.run_for(10s);
    pair.gateway.rekey_child_sa();
    pair.run_for(10s);
    EXPECT_EQ(pair.client.count<ike::ChildSaEstablished>(), children + 2);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
  }
  Path as_gateway_sees() const { return {pair.client.ike_sa().path.peer, pair.client.ike_sa().path.local}; }
  void throw_at(EndpointHost& host, ByteView octets) {
    const Path path = host.ike_sa().path;
    pair.inject(path, octets);
  }
};

TEST_F(BadInput, EveryDatagramReplayedToEitherSideIsHarmless) {
  pair.client.rekey_child_sa();
  pair.gateway.rekey_ike_sa();
  pair.run_for(30s);
  pair.client.move(pair.client_path());
  pair.run_for(30s);
  const std::vector<Datagram> all = pair.sent();
  for (const Datagram& datagram : all) {
    pair.deliver(datagram);
    pair.run_until_idle();
  }
  pair.run_for(1min);  // A replayed IKE_SA_INIT makes a half-open IKE SA, which expires.
  expect_untouched();
}

TEST_F(BadInput, EveryDatagramReflectedToItsSenderIsHarmless) {
  pair.client.rekey_child_sa();
  pair.run_for(30s);
  const std::vector<Datagram> all = pair.sent();
  for (const Datagram& datagram : all) {
    pair.inject({datagram.path.peer, datagram.path.local, datagram.path.interface}, datagram.octets);
    pair.run_until_idle();
  }
  expect_untouched();
}

TEST_F(BadInput, EveryTruncationOfEveryDatagramIsHarmless) {
  const std::vector<Datagram> all = pair.sent();
  for (const Datagram& datagram : all)
    for (std::size_t size = 0; size < datagram.octets.size(); size += size < 64 ? 1 : 13)
      pair.inject(datagram.path, ByteView{datagram.octets}.first(size));
  expect_untouched();
}

TEST_F(BadInput, EveryBitFlipInTheNextMessageIsHarmlessAndTheMessageStillCounts) {
  pair.client.rekey_child_sa();
  const Datagram request = pair.take_next();
  for (std::size_t i = 0; i < request.octets.size() * 8; i += 3) {
    Bytes flipped = request.octets;
    flipped[i / 8] ^= std::byte{1} << static_cast<int>(i % 8);
    pair.inject(request.path, flipped);
  }
  EXPECT_EQ(pair.gateway.count<ike::ChildSaEstablished>(), 1u);
  pair.deliver(request);
  EXPECT_EQ(pair.gateway.count<ike::ChildSaEstablished>(), 2u);
  while (!pair.is_idle()) pair.deliver_next();
  expect_untouched();
}

TEST_F(BadInput, EveryBitFlipInTheNextResponseIsHarmlessAndTheResponseStillCounts) {
  pair.client.rekey_child_sa();
  pair.deliver_next();
  const Datagram response = pair.take_next();
  for (std::size_t i = 0; i < response.octets.size() * 8; i += 3) {
    Bytes flipped = response.octets;
    flipped[i / 8] ^= std::byte{1} << static_cast<int>(i % 8);
    pair.inject(response.path, flipped);
  }
  EXPECT_EQ(pair.client.count<ike::ChildSaEstablished>(), 1u);
  pair.deliver(response);
  EXPECT_EQ(pair.client.count<ike::ChildSaEstablished>(), 2u);
  expect_untouched();
}

TEST_F(BadInput, OversizedDatagramsAreHarmless) {
  Bytes large = pair.sent().front().octets;
  large.resize(65'535);
  throw_at(pair.gateway, large);
  throw_at(pair.client, Bytes(65'535, std::byte{0xff}));
  throw_at(pair.client, {});
  expect_untouched();
}

TEST_F(BadInput, ARepeatedRequestGetsTheSameResponseAndIsNotDoneTwice) {  // RFC 7296 §2.1
  pair.client.rekey_child_sa();
  const Datagram request = pair.take_next();
  pair.deliver(request);
  const Bytes first = pair.take_next().octets;
  pair.deliver(request);
  ASSERT_EQ(pair.in_flight(), 1u);
  EXPECT_EQ(pair.take_next().octets, first);
  EXPECT_EQ(pair.gateway.count<ike::ChildSaEstablished>(), 2u);
  pair.deliver(request);
  expect_untouched();
}

TEST_F(BadInput, RequestsOutsideTheWindowAreDropped) {  // RFC 7296 §2.3
  for (const std::uint32_t ahead : {1u, 2u, 1000u, 0x7fffffffu, 0xfffffff0u}) {
    auto header = client.request_header(ExchangeType::Informational);
    header.message_id += ahead;
    client.inject(client.seal(header, Payloads{}));
    EXPECT_TRUE(pair.is_idle()) << ahead;
  }
  expect_untouched();
}

TEST_F(BadInput, AResponseNobodyWaitsForIsDropped) {
  auto header = gateway.request_header(ExchangeType::Informational);
  header.is_response = true;
  gateway.inject(gateway.seal(header, Payloads{}));
  EXPECT_TRUE(pair.is_idle());
  expect_untouched();
}

TEST_F(BadInput, AResponseOfTheWrongExchangeIsDropped) {
  pair.client.rekey_child_sa();
  const Datagram request = pair.take_next();
  auto header = gateway.response_header(request);
  header.exchange = ExchangeType::Informational;
  gateway.inject(gateway.seal(header, Payloads{}));
  EXPECT_EQ(pair.client.count<ike::IkeSaClosed>(), 0u);
  pair.deliver(request);
  pair.run_until_idle();
  expect_untouched();
}

TEST_F(BadInput, AnUnknownCriticalPayloadIsRefusedAndAnUnknownOneIgnored) {  // RFC 7296 §2.5
  const Payload critical{PayloadType{200}, true, ike::wire::UnknownPayload{Bytes(4)}};
  const auto refused = client.request(ExchangeType::Informational, {critical});
  const auto* notify = find_notify(refused, NotifyType::UnsupportedCriticalPayload);
  ASSERT_NE(notify, nullptr);
  EXPECT_EQ(notify->data, Bytes{std::byte{200}});
  const Payload harmless{PayloadType{200}, false, ike::wire::UnknownPayload{Bytes(4)}};
  const auto accepted = client.request(ExchangeType::Informational, {harmless});
  ASSERT_TRUE(accepted);
  EXPECT_EQ(find_notify(accepted, NotifyType::UnsupportedCriticalPayload), nullptr);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 1u);
}

TEST_F(BadInput, ARequestOfAHigherMajorVersionIsToldOursUnprotectedAndNotTooOften) {  // RFC 7296 §1.5, §2.5
  pair.client.rekey_child_sa();
  const Datagram request = pair.take_next();
  Bytes newer = request.octets;
  newer[17] = std::byte{0x10};
  pair.inject(request.path, newer);
  newer[17] = std::byte{0x31}, newer[19] |= std::byte{0x20};
  pair.inject(request.path, newer);
  EXPECT_TRUE(pair.is_idle()) << "older versions and responses are dropped without a word";
  newer[19] = request.octets[19];
  pair.inject(request.path, newer);
  pair.inject(request.path, newer);
  ASSERT_EQ(pair.in_flight(), 1u) << "one answer, not two at once";
  const auto answer = ike::wire::decode_message(pair.take_next().octets);
  const auto asked = ike::wire::decode_header(request.octets);
  ASSERT_TRUE(answer && asked);
  EXPECT_EQ(answer->header.major_version, 2);
  EXPECT_TRUE(answer->header.is_response);
  EXPECT_EQ(answer->header.spi_i, asked->spi_i);
  EXPECT_EQ(answer->header.spi_r, asked->spi_r);
  EXPECT_EQ(answer->header.message_id, asked->message_id);
  EXPECT_EQ(answer->header.exchange, asked->exchange);
  ASSERT_THAT(answer->payloads, SizeIs(1));
  EXPECT_TRUE(ike::wire::find_notify(answer->payloads, NotifyType::InvalidMajorVersion));
  pair.deliver(request);
  expect_untouched();
}

TEST_F(BadInput, MalformedPayloadsBehindAValidKeyAreAnsweredWithInvalidSyntax) {  // RFC 7296 §2.21.3
  const Bytes broken = "00ffffff"_hex;
  client.inject(client.seal(client.request_header(ExchangeType::Informational), PayloadType::Notify, broken));
  ASSERT_FALSE(pair.is_idle());
  EXPECT_NE(find_notify(client.open(pair.take_next().octets), NotifyType::InvalidSyntax), nullptr);
}

TEST_F(BadInput, ACreateChildSaWithoutItsPayloadsIsRefused) {
  const auto response = client.request(ExchangeType::CreateChildSa, {ike::wire::notify(NotifyType::RekeySa)});
  EXPECT_NE(find_notify(response, NotifyType::InvalidSyntax), nullptr);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 1u);
  EXPECT_THAT(pair.gateway.child_sas(), SizeIs(1));
}

TEST_F(BadInput, AnIkeAuthOfAnEstablishedSessionIsRefused) {
  const auto response =
      client.request(ExchangeType::IkeAuth, {ike::wire::id_i(ike::wire::Identity::parse("eve@example.org"))});
  EXPECT_NE(find_notify(response, NotifyType::InvalidSyntax), nullptr);
  EXPECT_EQ(pair.gateway.ike_sa().peer.to_string(), "anna@example.org");
}

TEST_F(BadInput, AResponseWithNothingInItRefusesARekeyAndNoMore) {
  pair.client.rekey_child_sa();
  gateway.inject(gateway.seal(gateway.response_header(pair.take_next()), Payloads{}));
  EXPECT_EQ(pair.client.count<ike::ChildSaEstablished>(), 1u);
  EXPECT_TRUE(pair.client.has_ike_sa());
}

TEST_F(BadInput, AChildSaWiderThanWhatWasAskedForIsRefused) {
  const auto lease = *pair.client.ike_sa().lease->ipv4;
  pair.client.create_child_sa({TrafficSelector::of({lease, 32})},
                              {TrafficSelector::of(*IpPrefix::parse("192.168.10.0/24"))});
  const Datagram request = pair.take_next();
  auto offered = gateway.open(request.octets);
  ASSERT_TRUE(offered);
  auto chosen = ike::wire::find<ike::wire::SaPayload>(*offered)->proposals.front();
  chosen.spi = Bytes(4, std::byte{9});
  gateway.inject(gateway.seal(gateway.response_header(request),
                              {ike::wire::payload(ike::wire::SaPayload{{chosen}}),
                               ike::wire::payload(ike::wire::NoncePayload{Bytes(32, std::byte{5})}),
                               ike::wire::ts_i({TrafficSelector::everything(Family::V4)}),
                               ike::wire::ts_r({TrafficSelector::everything(Family::V4)})}));
  EXPECT_THAT(pair.client.child_sas(), SizeIs(1));
}

TEST_F(BadInput, AMessageWithTheKeysOfAnotherSessionIsDropped) {
  Pair other = Pair::established({.seed = 99});
  Forger stranger{other, other.client};
  auto header = client.request_header(ExchangeType::Informational);
  client.inject(stranger.seal(header, Payloads{}));
  EXPECT_TRUE(pair.is_idle());
  expect_untouched();
}

TEST_F(BadInput, FragmentsThatNeverCompleteAreForgotten) {
  PairOptions options{.auth = PairOptions::Auth::Certificates, .key_type = crypto::KeyType::Rsa};
  options.client.settings.fragment_size = 576;
  Pair lossy{std::move(options)};
  lossy.drops = [&](const Datagram& datagram) { return datagram.number == 3; };  // One fragment of IKE_AUTH, always.
  lossy.start();
  lossy.run_for(200ms);
  lossy.drops = {};
  EXPECT_TRUE(lossy.run_until([&] { return !lossy.client.child_sas().empty(); }, 1min));
}

TEST_F(BadInput, AForgedIkeSaInitResponseDoesNotEndTheAttempt) {  // RFC 7296 §2.21.1
  Pair attacked;
  attacked.start();
  const Datagram request = attacked.take_next();
  ike::wire::Message forged{*request.header(), {ike::wire::notify(NotifyType::NoProposalChosen)}};
  forged.header.is_response = true;
  forged.header.is_from_original_initiator = false;
  attacked.inject({request.path.peer, request.path.local}, ike::wire::encode_message(forged));
  attacked.deliver(request);
  EXPECT_TRUE(attacked.run_until([&] { return !attacked.client.child_sas().empty(); }, 1min));
}

TEST_F(BadInput, ACookieOfAnImpossibleSizeIsIgnored) {  // RFC 7296 §2.6
  Pair attacked;
  attacked.start();
  const Datagram request = attacked.take_next();
  for (const std::size_t size : {0u, 65u, 65000u}) {
    ike::wire::Message forged{*request.header(), {ike::wire::notify(NotifyType::Cookie, Bytes(size))}};
    forged.header.is_response = true;
    forged.header.is_from_original_initiator = false;
    attacked.inject({request.path.peer, request.path.local}, ike::wire::encode_message(forged));
  }
  attacked.deliver(request);
  EXPECT_TRUE(attacked.run_until([&] { return !attacked.client.child_sas().empty(); }, 1min));
}

TEST_F(BadInput, ACookie2OfAnImpossibleSizeIsNotEchoed) {  // RFC 4555 §4.2.5
  for (const std::size_t size : {7u, 65u, 65000u}) {
    const auto response =
        client.request(ExchangeType::Informational, {ike::wire::notify(NotifyType::Cookie2, Bytes(size))});
    ASSERT_TRUE(response);
    EXPECT_EQ(find_notify(response, NotifyType::Cookie2), nullptr);
  }
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 1u);
}

TEST_F(BadInput, ForgedIkeAuthMessagesDoNotEndAHalfOpenIkeSa) {
  Pair attacked;
  attacked.start();
  attacked.deliver_next();
  attacked.deliver_next();
  const Datagram auth = attacked.take_next();
  Bytes forged = auth.octets;
  forged.back() ^= std::byte{1};
  for (int i = 0; i < 300; ++i) attacked.inject(auth.path, forged);
  attacked.deliver(auth);
  EXPECT_TRUE(attacked.run_until([&] { return !attacked.client.child_sas().empty(); }, 1min));
}

}  // namespace
}  // namespace agilevpn::sim
