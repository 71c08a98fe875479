// Splitting and joining: each undoes the other.
#include "dataplane/segments.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "dataplane/coalescer.h"
#include "dataplane/memory_tun.h"
#include "dataplane/tcp.h"
#include "esp/sample_packet.h"

namespace agilevpn::dataplane {
namespace {

using esp::has_good_checksums;
using esp::IpPacket;
using esp::load;
using esp::SamplePacket;

constexpr std::size_t segment_size = 100;

const SamplePacket tcp_v4{
    .protocol = esp::protocol::tcp, .flags = tcp_ack | tcp_psh, .tcp_options = "0101080a0000000100000002"_hex};

SamplePacket over_v6(SamplePacket sample) {
  sample.source = *IpAddress::parse("2001:db8::1");
  sample.destination = *IpAddress::parse("2001:db8::2");
  return sample;
}

Bytes some_payload(std::size_t size) {
  SeededRandom random{9};
  return random.public_bytes(size);
}

// As a kernel gives it: the checksum is left to the card.
TunPacket super_packet(Bytes& octets, std::size_t segment = segment_size) {
  const auto ip = *IpPacket::decode(octets);
  const bool is_tcp = ip.selectors.protocol == esp::protocol::tcp;
  return {octets,
          {.segmentation = is_tcp ? Offload::Segmentation::Tcp : Offload::Segmentation::Udp,
           .segment_size = segment,
           .header_size = ip.header_size + *upper_header_size(octets, ip),
           .needs_checksum = true,
           .checksum_start = ip.header_size,
           .checksum_offset = is_tcp ? tcp_checksum_at : udp_checksum_at}};
}

std::vector<Bytes> split(const TunPacket& packet) {
  const auto segments = Segments::of(packet, *IpPacket::decode(packet.octets));
  std::vector<Bytes> packets;
  for (std::size_t i = 0; segments && i < segments->count(); ++i)
    segments->write(i, packets.emplace_back(segments->size(i)));
  return packets;
}

std::vector<MemoryTun::Packet> join(std::vector<Bytes>& packets) {
  MemoryTun tun;
  Counters counters;
  Coalescer coalescer{tun, counters};
  for (Bytes& packet : packets) coalescer.add({packet, *IpPacket::decode(packet)});
  coalescer.flush();
  return tun.take_written();
}

TEST(Segments, AreWholePacketsWithTheirOwnNumbersAndChecksums) {
  for (SamplePacket sample : {tcp_v4, over_v6(tcp_v4)}) {
    sample.payload = some_payload(250);
    Bytes octets = sample.build();
    const auto packets = split(super_packet(octets));
    ASSERT_EQ(packets.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      SamplePacket expected = sample;
      expected.identification = static_cast<std::uint16_t>(sample.identification + i);
      expected.sequence_number = static_cast<std::uint32_t>(sample.sequence_number + i * segment_size);
      expected.flags = i == 2 ? sample.flags : static_cast<std::uint8_t>(tcp_ack);
      expected.payload = to_bytes(ByteView{sample.payload}.subspan(i * segment_size).first(i == 2 ? 50 : segment_size));
      EXPECT_EQ(packets[i], expected.build()) << i;
    }
  }
}

TEST(Segments, OfUdpAreDatagrams) {
  SamplePacket sample{.payload = some_payload(250)};
  for (const SamplePacket& each : {sample, over_v6(sample)}) {
    Bytes octets = each.build();
    const auto packets = split(super_packet(octets));
    ASSERT_EQ(packets.size(), 3u);
    for (const Bytes& packet : packets) EXPECT_TRUE(has_good_checksums(packet));
    EXPECT_EQ(IpPacket::decode(packets[2])->payload_size(), 58u);
  }
}

TEST(Segments, OfAPlainPacketAreItselfWithItsChecksumFinished) {
  for (const SamplePacket& sample : {tcp_v4, SamplePacket{}, over_v6(SamplePacket{})}) {
    Bytes octets = sample.build();
    const auto ip = *IpPacket::decode(octets);
    TunPacket packet = super_packet(octets);
    packet.offload.segmentation = Offload::Segmentation::None;
    const MutableByteView upper = packet.octets.subspan(ip.header_size);
    const std::uint32_t pseudo =
        esp::pseudo_header_part(esp::address_octets(octets), ip.selectors.protocol, upper.size());
    esp::store(upper, packet.offload.checksum_offset, esp::fold(pseudo));
    EXPECT_EQ(split(packet), std::vector<Bytes>{sample.build()});
  }
}

TEST(Segments, RefuseAnOffloadThatDoesNotFit) {
  Bytes octets = tcp_v4.build();
  TunPacket packet = super_packet(octets);
  packet.offload.segmentation = Offload::Segmentation::Udp;
  EXPECT_TRUE(split(packet).empty());
  packet = super_packet(octets, 0);
  EXPECT_TRUE(split(packet).empty());
  packet = super_packet(octets);
  packet.offload.checksum_start = octets.size();
  EXPECT_TRUE(split(packet).empty());
}

TEST(Coalescer, JoinsWhatWasSplit) {
  for (SamplePacket sample : {tcp_v4, over_v6(tcp_v4), SamplePacket{}, over_v6(SamplePacket{})}) {
    sample.payload = some_payload(950);
    Bytes octets = sample.build();
    auto packets = split(super_packet(octets));
    const auto joined = join(packets);
    ASSERT_EQ(joined.size(), 1u);
    EXPECT_EQ(joined[0].offload.segment_size, segment_size);
    // What a kernel does with it gives the same packets once more.
    Bytes super = joined[0].octets;
    auto again = split({super, joined[0].offload});
    auto expected = split(super_packet(octets));
    EXPECT_EQ(again, expected);
  }
}

// A run of TCP segments of one flow, 100 octets each.
std::vector<SamplePacket> flow(std::size_t count) {
  std::vector<SamplePacket> samples(count, tcp_v4);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i].flags = tcp_ack;
    samples[i].payload = some_payload(segment_size);
    samples[i].sequence_number += static_cast<std::uint32_t>(i * segment_size);
  }
  return samples;
}

// How many writes a run of packets takes.
std::size_t writes(const std::vector<SamplePacket>& samples) {
  std::vector<Bytes> packets;
  for (const SamplePacket& sample : samples) packets.push_back(sample.build());
  return join(packets).size();
}

TEST(Coalescer, JoinsOnlyWhatFollowsInOneFlow) {
  EXPECT_EQ(writes(flow(10)), 1u);
  const auto with = [](auto change) {
    auto samples = flow(4);
    change(samples[2]);
    return writes(samples);
  };
  EXPECT_EQ(with([](SamplePacket& s) { s.source_port = 1; }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.source = IpAddress::v4(10, 0, 0, 7); }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.sequence_number += 1; }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.acknowledgment += 1; }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.flags |= tcp_fin; }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.traffic_class = 4; }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.tcp_options.back() = std::byte{9}; }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.dont_fragment = false; }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.payload.clear(); }), 3u);
  EXPECT_EQ(with([](SamplePacket& s) { s.flags |= tcp_psh; }), 2u);    // Ends a run.
  EXPECT_EQ(with([](SamplePacket& s) { s.payload.resize(50); }), 2u);  // So does a short one.
  EXPECT_EQ(with([](SamplePacket& s) { s.payload.resize(150); }), 3u);
}

TEST(Coalescer, LeavesAPacketWithAWrongChecksumAsItIs) {
  std::vector<Bytes> packets;
  for (const SamplePacket& sample : flow(3)) packets.push_back(sample.build());
  packets[1].back() ^= std::byte{1};
  const Bytes wrong = packets[1];
  const auto written = join(packets);
  ASSERT_EQ(written.size(), 3u);
  EXPECT_EQ(written[1].octets, wrong);
}

TEST(Coalescer, NeverMakesAPacketLargerThanIpAllows) {
  std::vector<SamplePacket> samples(60, SamplePacket{.payload = some_payload(1400)});
  std::vector<Bytes> packets;
  for (const SamplePacket& sample : samples) packets.push_back(sample.build());
  for (const MemoryTun::Packet& written : join(packets)) EXPECT_LE(written.octets.size(), largest_packet);
}

}  // namespace
}  // namespace agilevpn::dataplane
