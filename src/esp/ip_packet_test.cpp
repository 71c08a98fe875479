#include "esp/ip_packet.h"

#include <gtest/gtest.h>

#include "esp/sample_packet.h"

namespace agilevpn::esp {
namespace {

const IpAddress v6_source = *IpAddress::parse("2001:db8::1");
const IpAddress v6_destination = *IpAddress::parse("2001:db8::2");

TrafficSelector selector(const char* prefix, std::uint8_t proto = 0, std::uint16_t first = 0,
                         std::uint16_t last = 0xffff) {
  TrafficSelector ts = TrafficSelector::of(*IpPrefix::parse(prefix));
  ts.protocol = proto;
  ts.first_port = first;
  ts.last_port = last;
  return ts;
}

// 2001:db8::1 -> 2001:db8::2 with a chain of extension headers before `rest`.
Bytes ipv6_with(std::uint8_t next_header, ByteView rest) {
  return SamplePacket{
      .source = v6_source, .destination = v6_destination, .protocol = next_header, .payload = to_bytes(rest)}
      .build();
}

TEST(IpPacket, ReadsAddressesProtocolAndPorts) {
  const Bytes packet = SamplePacket{.protocol = protocol::tcp, .traffic_class = 0xb9}.build();
  const auto ip = IpPacket::decode(packet);
  ASSERT_TRUE(ip);
  EXPECT_EQ(ip->selectors.source, IpAddress::v4(10, 0, 0, 1));
  EXPECT_EQ(ip->selectors.protocol, protocol::tcp);
  EXPECT_TRUE(ip->selectors.has_ports);
  EXPECT_EQ(ip->selectors.destination_port, 5001);
  EXPECT_EQ(ip->size, packet.size());
  EXPECT_EQ(ip->header_size, 20u);
  EXPECT_EQ(ip->traffic_class, 0xb9);
  EXPECT_FALSE(ip->may_fragment);
}

TEST(IpPacket, SeesThroughIpv6ExtensionHeaders) {
  Bytes rest = "1100000000000000"_hex;  // Hop-by-Hop Options, then UDP.
  append(rest, "9c40138900140000000000000000000000000000"_hex);
  const auto ip = IpPacket::decode(ipv6_with(0, rest));
  ASSERT_TRUE(ip);
  EXPECT_EQ(ip->selectors.protocol, protocol::udp);
  EXPECT_EQ(ip->selectors.source_port, 40000);
  EXPECT_EQ(ip->header_size, 48u);
}

TEST(IpPacket, HasPortsInAFirstFragmentOnly) {
  const auto first = IpPacket::decode(ipv6_with(44, "11000001000000019c40138900140000"_hex));
  const auto later = IpPacket::decode(ipv6_with(44, "11000009000000019c40138900140000"_hex));
  ASSERT_TRUE(first && later);
  EXPECT_TRUE(first->is_fragment && first->selectors.has_ports);
  EXPECT_TRUE(later->is_fragment && !later->selectors.has_ports);
  EXPECT_EQ(later->selectors.protocol, protocol::udp);
}

TEST(IpPacket, IgnoresWhatFollowsIt) {  // RFC 4303 §2.7: TFC padding.
  Bytes packet = SamplePacket{}.build();
  const std::size_t size = packet.size();
  packet.resize(size + 100);
  EXPECT_EQ(IpPacket::decode(packet)->size, size);
}

TEST(IpPacket, RefusesEveryTruncation) {
  for (const Bytes& packet : {SamplePacket{}.build(), ipv6_with(0, "1100000000000000"_hex)})
    for (std::size_t size = 0; size < packet.size(); ++size)
      EXPECT_FALSE(IpPacket::decode(ByteView{packet}.first(size))) << size;
}

TEST(IpPacket, RefusesAnEndlessChainOfExtensions) {
  Bytes rest;
  for (int i = 0; i < 9; ++i) append(rest, "0000000000000000"_hex);
  EXPECT_FALSE(IpPacket::decode(ipv6_with(0, rest)));
}

TEST(Covers, ComparesAddressesProtocolAndPorts) {
  const auto packet = IpPacket::decode(SamplePacket{.protocol = protocol::tcp}.build())->selectors;
  const TrafficSelectors any{selector("0.0.0.0/0")};
  EXPECT_TRUE(covers(any, any, packet));
  EXPECT_TRUE(covers({selector("10.0.0.1/32")}, {selector("192.0.2.0/24"), selector("10.9.0.0/16")}, packet));
  EXPECT_FALSE(covers({selector("10.0.0.2/32")}, any, packet));
  EXPECT_FALSE(covers(any, {selector("10.8.0.0/16")}, packet));
  EXPECT_TRUE(covers(any, {selector("10.9.0.0/16", protocol::tcp, 5001, 5001)}, packet));
  EXPECT_FALSE(covers(any, {selector("10.9.0.0/16", protocol::tcp, 5002, 5003)}, packet));
  EXPECT_FALSE(covers(any, {selector("10.9.0.0/16", protocol::udp)}, packet));
  EXPECT_FALSE(covers({selector("::/0")}, {selector("::/0")}, packet));
  EXPECT_FALSE(covers({}, any, packet));
}

TEST(Covers, TakesIcmpTypeAndCodeAsPorts) {  // RFC 7296 §3.13.1
  const auto echo = IpPacket::decode(SamplePacket{.protocol = protocol::icmp}.build())->selectors;
  const TrafficSelectors any{selector("0.0.0.0/0")};
  EXPECT_TRUE(covers(any, {selector("0.0.0.0/0", protocol::icmp, 0x0800, 0x08ff)}, echo));
  EXPECT_FALSE(covers(any, {selector("0.0.0.0/0", protocol::icmp, 0x0300, 0x03ff)}, echo));
}

TEST(Covers, LetsALaterFragmentThroughSelectorsWithoutPortsOnly) {  // RFC 4301 §7
  PacketSelectors fragment = IpPacket::decode(SamplePacket{}.build())->selectors;
  fragment.has_ports = false;
  fragment.destination_port = 5001;
  const TrafficSelectors any{selector("0.0.0.0/0")};
  EXPECT_TRUE(covers(any, any, fragment));
  EXPECT_TRUE(covers(any, {selector("0.0.0.0/0", protocol::udp, 0xffff, 0)}, fragment));  // OPAQUE
  EXPECT_FALSE(covers(any, {selector("0.0.0.0/0", protocol::udp, 5001, 5001)}, fragment));
  fragment.has_ports = true;
  EXPECT_FALSE(covers(any, {selector("0.0.0.0/0", protocol::udp, 0xffff, 0)}, fragment));
}

TEST(StoreEcn, ChangesTheTwoBitsAndKeepsTheChecksum) {
  for (SamplePacket sample :
       {SamplePacket{.traffic_class = 0xba},
        SamplePacket{.source = v6_source, .destination = v6_destination, .traffic_class = 0xba}}) {
    Bytes packet = sample.build();
    store_ecn(packet, 3);
    EXPECT_EQ(IpPacket::decode(packet)->traffic_class, 0xbb);
    EXPECT_TRUE(has_good_checksums(packet));
    sample.traffic_class = 0xbb;
    EXPECT_EQ(packet, sample.build());
  }
}

}  // namespace
}  // namespace agilevpn::esp
