// Packets from one end's TUN through both packet paths to the other end's, without threads or a network.
#include <gtest/gtest.h>

#include "dataplane/inbound.h"
#include "dataplane/memory_socket.h"
#include "dataplane/memory_tun.h"
#include "dataplane/outbound.h"
#include "dataplane/sa_table.h"
#include "dataplane/sample_child_sa.h"
#include "dataplane/tcp.h"
#include "esp/sample_packet.h"

namespace agilevpn::dataplane {
namespace {

using esp::DropReason;
using esp::IpPacket;
using esp::load;
using esp::SamplePacket;

constexpr Instant now{7s};
const ike::EspPath path_a{{{IpAddress::v4(192, 0, 2, 1), 4500}, {IpAddress::v4(192, 0, 2, 2), 4500}}, true};
const ike::EspPath path_b{{{IpAddress::v4(198, 51, 100, 1), 4500}, {IpAddress::v4(192, 0, 2, 2), 4500}}, true};
const ike::EspPath native{path_a.path, false};

// One end: what a Worker holds, driven by hand.
struct End {
  End() : sockets(make_sockets()), inbound(tun, sockets, ike, counters, true), outbound(tun, sockets, counters) {}

  std::vector<std::unique_ptr<DatagramSocket>> make_sockets() {
    std::vector<std::unique_ptr<DatagramSocket>> all;
    for (const auto& [kind, port] : {std::pair{DatagramSocket::Kind::Udp, 4500},
                                     {DatagramSocket::Kind::Udp, 500},
                                     {DatagramSocket::Kind::Esp, 0}}) {
      auto socket = std::make_unique<MemorySocket>(kind, SocketAddress{IpAddress{}, static_cast<std::uint16_t>(port)});
      (port == 4500 ? encapsulating : port == 500 ? plain : raw) = socket.get();
      all.push_back(std::move(socket));
    }
    return all;
  }
  void apply(ike::SaChange change) { ASSERT_TRUE(table.apply(change)); }
  void send(Bytes packet, const Offload& offload = {}) {
    tun.put(std::move(packet), offload);
    outbound.drain(table.snapshot(), clock);
  }
  void receive(MemorySocket& socket, MemorySocket::Message message) {
    socket.deliver(std::move(message));
    inbound.receive(socket, table.snapshot(), clock);
  }
  std::uint64_t drops(DropReason reason) const { return counters.drops[reason]; }

  MemorySocket* encapsulating = nullptr;
  MemorySocket* plain = nullptr;
  MemorySocket* raw = nullptr;
  Instant clock = now;
  MemoryTun tun;
  Counters counters;
  IkeQueue ike{{.messages = 2, .octets = 4096}};
  SaTable table{1024};
  Sockets sockets;
  Inbound inbound;
  Outbound outbound;
};

struct Pair {
  explicit Pair(const SampleChildSa& sa = {.path = path_a}) {
    client.apply(sa.client());
    gateway.apply(sa.gateway());
  }
  // Carries what the client sent to the gateway, and returns how it was sent.
  std::vector<MemorySocket::Message> carry() { return carry(client, gateway); }
  static std::vector<MemorySocket::Message> carry(End& from, End& to) {
    auto sent = from.encapsulating->take_sent();
    for (MemorySocket::Message message : sent) {
      message.path = reversed(message.path);
      to.receive(*to.encapsulating, message);
    }
    return sent;
  }
  End client, gateway;
};

Offload tcp_offload(std::size_t segment_size, std::size_t ip_header_size = 20) {
  return {Offload::Segmentation::Tcp, segment_size, ip_header_size + 20, true, ip_header_size, tcp_checksum_at};
}

TEST(DataPlane, CarriesAPacketAsItIs) {
  Pair pair;
  pair.client.send(SamplePacket{.traffic_class = 0x2e}.build());
  const auto sent = pair.carry();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].path, path_a.path);
  EXPECT_EQ(sent[0].traffic_class, 0x2e);
  const auto written = pair.gateway.tun.take_written();
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].octets, SamplePacket{.traffic_class = 0x2e}.build());
}

TEST(DataPlane, CarriesASuperPacketInOneSendAndOneWrite) {
  Pair pair;
  const SamplePacket sample{.protocol = esp::protocol::tcp, .payload = Bytes(30'000, std::byte{7})};
  pair.client.send(sample.build(), tcp_offload(1340));
  const auto sent = pair.carry();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].segment_size, 8u + 8 + 1384 + 16);  // 1380 and two octets of trailer, padded to 4.
  const auto written = pair.gateway.tun.take_written();
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].offload.segment_size, 1340u);
  EXPECT_TRUE(equal(ByteView{written[0].octets}.subspan(40), sample.payload));
  EXPECT_EQ(pair.gateway.counters.packets_opened.value(), 23u);
}

TEST(DataPlane, SendsSmallPacketsOfOneSizeTogether) {
  Pair pair;
  for (int i = 0; i < 10; ++i) pair.client.tun.put(SamplePacket{}.build());
  pair.client.send(SamplePacket{.payload = Bytes(500)}.build());
  EXPECT_EQ(pair.carry().size(), 2u);
  EXPECT_EQ(pair.gateway.counters.packets_opened.value(), 11u);
}

TEST(DataPlane, DropsWhatNoSaCoversAndSaysSo) {
  Pair pair{{.ts_gateway = {TrafficSelector::of(*IpPrefix::parse("10.9.0.0/16"))}, .path = path_a}};
  pair.client.send(SamplePacket{.destination = IpAddress::v4(10, 8, 0, 1)}.build());
  EXPECT_TRUE(pair.client.encapsulating->take_sent().empty());
  EXPECT_EQ(pair.client.drops(DropReason::NoOutboundSa), 1u);
  const auto answer = pair.client.tun.take_written();
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(load<std::uint16_t>(answer[0].octets, 20), 0x030d);
}

TEST(DataPlane, TellsIkeFromEsp) {  // RFC 3948 §2
  Pair pair;
  End& gateway = pair.gateway;
  const Path from_client = reversed(path_a.path);
  gateway.receive(*gateway.encapsulating, {from_client, "00000000aabb"_hex, 6});
  const auto message = gateway.ike.pop();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message, "aabb"_hex);
  EXPECT_EQ(message->path, from_client);
  gateway.receive(*gateway.encapsulating, {from_client, "ff"_hex, 1});
  EXPECT_EQ(gateway.counters.keepalives_received.value(), 1u);
  gateway.receive(*gateway.encapsulating, {from_client, "0000123400000001aabb"_hex, 10});
  EXPECT_EQ(gateway.drops(DropReason::UnknownSpi), 1u);
  Path on_500 = from_client;
  on_500.local.port = on_500.peer.port = 500;
  gateway.receive(*gateway.plain, {on_500, "0000123400000001aabb"_hex, 10});
  EXPECT_EQ(gateway.ike.pop()->message, "0000123400000001aabb"_hex);
}

TEST(DataPlane, AFloodOfIkeIsDroppedAtItsBound) {
  End gateway;
  for (int i = 0; i < 5; ++i) gateway.receive(*gateway.encapsulating, {reversed(path_a.path), "00000000aabb"_hex, 6});
  EXPECT_EQ(gateway.counters.ike_dropped.value(), 3u);
}

TEST(DataPlane, GoesByIpProtocol50WhereTheSaSaysSo) {
  Pair pair{{.path = native}};
  pair.client.send(SamplePacket{}.build());
  auto sent = pair.client.raw->take_sent();
  ASSERT_EQ(sent.size(), 1u);
  sent[0].path = reversed(sent[0].path);
  pair.gateway.receive(*pair.gateway.raw, sent[0]);
  EXPECT_EQ(pair.gateway.tun.take_written().size(), 1u);
}

TEST(DataPlane, FollowsAMoveAtOnce) {  // RFC 4555 §3.5
  Pair pair;
  pair.client.apply(ike::MoveChildSas{{1}, path_b});
  pair.client.send(SamplePacket{}.build());
  EXPECT_EQ(pair.carry()[0].path, path_b.path);
  EXPECT_EQ(pair.gateway.counters.packets_opened.value(), 1u);  // Wherever it comes from.
}

TEST(DataPlane, ARekeyLosesNothing) {  // RFC 7296 §2.8
  Pair pair;
  SampleChildSa next{.id = 2, .path = path_a, .use_outbound = false};
  pair.gateway.apply(next.gateway());
  pair.gateway.send(SamplePacket{}.build());
  EXPECT_EQ(load<std::uint32_t>(Pair::carry(pair.gateway, pair.client)[0].octets, 0),
            0x1002u);  // With the old one still.
  next.use_outbound = true;
  pair.client.apply(next.client());
  pair.client.send(SamplePacket{}.build());
  EXPECT_EQ(load<std::uint32_t>(pair.carry()[0].octets, 0), 0x1005u);
  pair.gateway.apply(ike::UseChildSa{{2}});
  pair.gateway.send(SamplePacket{}.build());
  EXPECT_EQ(load<std::uint32_t>(Pair::carry(pair.gateway, pair.client)[0].octets, 0), 0x1004u);
  for (End* end : {&pair.client, &pair.gateway}) end->apply(ike::RemoveChildSa{{1}});
  pair.client.send(SamplePacket{}.build());
  pair.carry();
  EXPECT_EQ(pair.gateway.counters.packets_opened.value(), 2u);
  EXPECT_EQ(pair.client.counters.packets_opened.value(), 2u);
}

TEST(DataPlane, ReportsTrafficOfEachChildSa) {
  Pair pair;
  pair.client.send(SamplePacket{}.build());
  pair.carry();
  const auto report = pair.gateway.table.traffic_reports().at(0);
  EXPECT_EQ(report.child, ike::ChildSaId{1});
  EXPECT_EQ(report.last_inbound, now);
  EXPECT_EQ(report.bytes_in, SamplePacket{}.build().size());
  EXPECT_EQ(report.bytes_out, 0u);
  EXPECT_EQ(pair.client.table.traffic_reports().at(0).sequence_number, 1u);
}

TEST(DataPlane, LearnsASmallerPathAndTellsTheSender) {  // RFC 4301 §8.2
  Pair pair;
  pair.client.encapsulating->set_mtu(1300);
  const SamplePacket large{.payload = Bytes(1372)};
  pair.client.send(large.build());
  auto sent = pair.carry();  // The first one still gets through, in pieces.
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].may_fragment);
  EXPECT_TRUE(pair.client.tun.take_written().empty());
  pair.client.send(large.build());
  EXPECT_TRUE(pair.carry().empty());
  EXPECT_EQ(pair.client.drops(DropReason::TooBig), 1u);
  const auto answer = pair.client.tun.take_written();
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(load<std::uint16_t>(answer[0].octets, 20), 0x0304);
  EXPECT_EQ(load<std::uint16_t>(answer[0].octets, 26), 1238);
  SamplePacket divisible = large;
  divisible.dont_fragment = false;
  pair.client.send(divisible.build());
  EXPECT_TRUE(pair.carry().at(0).may_fragment);
  pair.client.apply(ike::MoveChildSas{{1}, path_b});  // A new path is a new chance.
  pair.client.encapsulating->set_mtu(1500);
  pair.client.send(large.build());
  EXPECT_FALSE(pair.carry().at(0).may_fragment);
}

TEST(DataPlane, TriesALargerPacketAgainAfterTenMinutes) {  // RFC 8201 §4
  Pair pair;
  const SamplePacket large{.payload = Bytes(1372)};
  pair.client.encapsulating->set_mtu(1300);
  pair.client.send(large.build());
  pair.carry();
  pair.client.encapsulating->set_mtu(1500);
  pair.client.send(large.build());
  EXPECT_TRUE(pair.carry().empty());
  pair.client.clock += 10min;
  pair.client.send(large.build());
  EXPECT_FALSE(pair.carry().at(0).may_fragment);
}

TEST(DataPlane, NeverTellsASenderThatNothingFits) {
  Pair pair;
  pair.client.encapsulating->set_mtu(0);
  const SamplePacket large{.payload = Bytes(1372)};
  pair.client.send(large.build());
  pair.client.tun.take_written();
  pair.client.send(large.build());
  EXPECT_GT(load<std::uint16_t>(pair.client.tun.take_written().at(0).octets, 26), 500);
  pair.client.send(SamplePacket{.payload = Bytes(400)}.build());
  EXPECT_EQ(pair.client.drops(DropReason::TooBig), 1u);
}

TEST(DataPlane, ClampsTheMssInBothDirections) {
  Pair pair;
  SamplePacket syn{.protocol = esp::protocol::tcp, .flags = 2, .tcp_options = "020405b4"_hex, .payload = {}};
  pair.client.tun.set_mtu(1300);
  pair.client.send(syn.build());
  pair.carry();
  const auto mss = [](const std::vector<MemoryTun::Packet>& written) {
    return load<std::uint16_t>(written.at(0).octets, 42);
  };
  EXPECT_EQ(mss(pair.gateway.tun.take_written()), 1260);
  pair.client.tun.set_mtu(1200);
  pair.gateway.send(syn.build());
  Pair::carry(pair.gateway, pair.client);
  EXPECT_EQ(mss(pair.client.tun.take_written()), 1160);
}

TEST(DataPlane, AFullSocketStopsTheTunAndNothingIsLost) {
  Pair pair;
  const Bytes large = SamplePacket{.protocol = esp::protocol::tcp, .payload = Bytes(60'000)}.build();
  pair.client.encapsulating->set_full(true);
  for (int i = 0; i < 3; ++i) pair.client.tun.put(large, tcp_offload(500));
  pair.client.outbound.drain(pair.client.table.snapshot(), now);
  EXPECT_EQ(pair.client.outbound.blocked_on(), pair.client.encapsulating);
  pair.client.outbound.drain(pair.client.table.snapshot(), now);
  EXPECT_TRUE(pair.carry().empty());
  pair.client.encapsulating->set_full(false);
  pair.client.outbound.drain(pair.client.table.snapshot(), now);
  EXPECT_EQ(pair.client.outbound.blocked_on(), nullptr);
  pair.carry();
  EXPECT_EQ(pair.gateway.counters.packets_opened.value(), 3 * 120u);
}

TEST(DataPlane, ARouterSolicitationInATunnelIsAnsweredThereAndGoesNoFurther) {
  Pair pair;
  const IpAddress asker = *IpAddress::parse("fe80::5");
  const auto client_pair = pair.client.table.snapshot().find_inbound({0x1002});
  const auto sealed = client_pair->outbound().seal(SamplePacket::router_solicitation(asker).build());
  pair.gateway.receive(*pair.gateway.encapsulating,
                       {.path = reversed(path_a.path), .octets = *sealed, .segment_size = sealed->size()});
  EXPECT_TRUE(pair.gateway.tun.take_written().empty());
  ASSERT_EQ(Pair::carry(pair.gateway, pair.client).size(), 1u);
  EXPECT_EQ(pair.client.counters.packets_opened.value(), 1u);
  EXPECT_TRUE(pair.client.tun.take_written().empty())
      << "nor does a client's system take its gateway's neighbours for its own";
}

TEST(DataPlane, AnIpv4LinkLocalAddressIsCarriedAsAnyOther) {
  Pair pair;
  const Bytes packet = SamplePacket{.source = IpAddress::v4(169, 254, 169, 254)}.build();
  pair.client.send(packet);
  pair.carry();
  const auto written = pair.gateway.tun.take_written();
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].octets, packet);
}

TEST(DataPlane, AFloodOfRouterSolicitationsIsAnsweredAFewTimesATurn) {
  Pair pair;
  const auto client_pair = pair.client.table.snapshot().find_inbound({0x1002});
  for (int i = 0; i < 2 * limits::advertisements_per_turn; ++i) {
    const auto sealed =
        client_pair->outbound().seal(SamplePacket::router_solicitation(*IpAddress::parse("fe80::5")).build());
    pair.gateway.encapsulating->deliver(
        {.path = reversed(path_a.path), .octets = *sealed, .segment_size = sealed->size()});
  }
  pair.gateway.inbound.receive(*pair.gateway.encapsulating, pair.gateway.table.snapshot(), now);
  EXPECT_EQ(pair.gateway.encapsulating->take_sent().size(), static_cast<std::size_t>(limits::advertisements_per_turn));
}

TEST(DataPlane, NoPacketGoesToALinkLocalAddressByItsSelectors) {
  Pair pair{{.ts_client = {TrafficSelector::of(*IpPrefix::parse("fe80::/10"))},
             .ts_gateway = {TrafficSelector::everything(Family::V6)},
             .path = path_a}};
  pair.gateway.send(
      SamplePacket{.source = *IpAddress::parse("2001:db8::1"), .destination = *IpAddress::parse("fe80::5")}.build());
  EXPECT_TRUE(pair.gateway.encapsulating->take_sent().empty());
  EXPECT_EQ(pair.gateway.drops(DropReason::NoOutboundSa), 1u);
}

TEST(DataPlane, RefusesASuiteItCannotDo) {
  End end;
  SampleChildSa sa{.path = path_a};
  auto install = sa.client();
  install.suite.encryption = crypto::EncryptionId::CamelliaCbc;
  const auto result = end.table.apply(ike::SaChange{std::move(install)});
  ASSERT_FALSE(result);
  EXPECT_EQ(end.table.snapshot().size(), 0u);
}

}  // namespace
}  // namespace agilevpn::dataplane
