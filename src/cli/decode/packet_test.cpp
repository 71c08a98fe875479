#include "cli/decode/packet.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <pcap/dlt.h>

#include "base/codec.h"

namespace agilevpn::cli::decode {
namespace {

const IpAddress a4 = *IpAddress::parse("192.0.2.1"), b4 = *IpAddress::parse("192.0.2.2");
const IpAddress a6 = *IpAddress::parse("2001:db8::1"), b6 = *IpAddress::parse("2001:db8::2");
const Bytes payload = "000102030405060708090a0b0c0d0e0f1011121314151617"_hex;

Bytes udp(std::uint16_t source, std::uint16_t destination, ByteView data) {
  Writer out;
  out.u16(source).u16(destination).u16(static_cast<std::uint16_t>(8 + data.size())).u16(0).bytes(data);
  return std::move(out).take();
}

// `fragment` is the field with flags and offset.
Bytes ipv4(std::uint8_t protocol, ByteView data, std::uint16_t fragment = 0) {
  Writer out;
  out.u8(0x45).u8(0).u16(static_cast<std::uint16_t>(20 + data.size())).u16(7).u16(fragment).u8(64).u8(protocol).u16(0);
  out.bytes(a4.bytes()).bytes(b4.bytes()).bytes(data);
  return std::move(out).take();
}

Bytes ipv6(std::uint8_t next_header, ByteView data) {
  Writer out;
  out.u32(0x60000000).u16(static_cast<std::uint16_t>(data.size())).u8(next_header).u8(64);
  out.bytes(a6.bytes()).bytes(b6.bytes()).bytes(data);
  return std::move(out).take();
}

std::optional<Packet> dissect(int link_type, ByteView octets, std::vector<std::uint16_t> ports = {}) {
  return Dissector{std::move(ports)}.dissect({.number = 1, .time = {}, .link_type = link_type, .octets = octets});
}

TEST(Dissector, FindsIkeBehindEveryLinkHeader) {
  const Bytes ip = ipv4(protocol_udp, udp(500, 500, payload));
  const std::vector<std::pair<int, Bytes>> frames{
      {DLT_RAW, ip},
      {DLT_NULL, concat({"02000000"_hex, ip})},
      {DLT_EN10MB, concat({Bytes(12), "0800"_hex, ip, Bytes(6)})},
      {DLT_EN10MB, concat({Bytes(12),
                           "88a80001"
                           "81000002"
                           "0800"_hex,
                           ip})},
      {DLT_LINUX_SLL, concat({Bytes(14), "0800"_hex, ip})},
      {DLT_LINUX_SLL2, concat({"0800"_hex, Bytes(18), ip})},
  };
  for (const auto& [link_type, octets] : frames) {
    const auto packet = dissect(link_type, octets);
    ASSERT_TRUE(packet) << link_type;
    EXPECT_EQ(packet->kind, Packet::Kind::Ike);
    EXPECT_EQ(packet->source.to_string(), "192.0.2.1:500");
    EXPECT_EQ(packet->octets, payload);
  }
  EXPECT_FALSE(dissect(DLT_EN10MB, concat({Bytes(12), "0806"_hex, ip})));
}

TEST(Dissector, TellsIkeEspAndKeepalivesApartOnPort4500) {
  const auto on_4500 = [](ByteView data) { return dissect(DLT_RAW, ipv4(protocol_udp, udp(4500, 31000, data))); };
  const auto ike = on_4500(concat({"00000000"_hex, payload}));
  EXPECT_EQ(ike->kind, Packet::Kind::Ike);
  EXPECT_EQ(ike->octets, payload);
  EXPECT_EQ(on_4500("11223344"
                    "00000001"_hex)
                ->kind,
            Packet::Kind::Esp);
  EXPECT_EQ(on_4500("ff"_hex)->kind, Packet::Kind::NatKeepalive);
}

TEST(Dissector, ReadsOnlyThePortsItWasTold) {
  const Bytes ip = ipv4(protocol_udp, udp(10000, 10001, concat({"00000000"_hex, payload})));
  EXPECT_FALSE(dissect(DLT_RAW, ip));
  EXPECT_EQ(dissect(DLT_RAW, ip, {10001})->kind, Packet::Kind::Ike);
}

TEST(Dissector, ReadsNativeEspOverIpv6BehindExtensionHeaders) {
  const auto packet = dissect(DLT_RAW, ipv6(60, concat({"3200000000000000"_hex, payload})));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->kind, Packet::Kind::Esp);
  EXPECT_FALSE(packet->is_udp);
  EXPECT_EQ(packet->octets, payload);
}

TEST(Dissector, PutsFragmentsTogetherInAnyOrder) {
  const Bytes whole = udp(500, 500, payload);
  const ByteView view = whole;
  const Bytes first = ipv4(protocol_udp, view.first(16), 0x2000), second = ipv4(protocol_udp, view.subspan(16), 2);
  Dissector dissector{{}};
  const auto give = [&](ByteView octets) {
    return dissector.dissect({.number = 1, .time = {}, .link_type = DLT_RAW, .octets = octets});
  };
  EXPECT_FALSE(give(second));
  const auto packet = give(first);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->octets, payload);

  const Bytes first6 = ipv6(44, concat({"1100000100000009"_hex, view.first(16)}));
  const Bytes second6 = ipv6(44, concat({"1100001000000009"_hex, view.subspan(16)}));
  EXPECT_FALSE(give(first6));
  EXPECT_EQ(give(second6)->octets, payload);
}

TEST(Dissector, SaysOfEveryTruncationThatItIsOne) {
  for (const Bytes& ip : {ipv4(protocol_udp, udp(500, 500, payload)), ipv6(protocol_udp, udp(500, 500, payload))})
    for (std::size_t size = 0; size < ip.size(); ++size) {
      const auto packet = dissect(DLT_RAW, ByteView{ip}.first(size));
      const bool has_ports = size >= ip.size() - payload.size();
      ASSERT_EQ(packet.has_value(), has_ports) << size;  // Else nobody knows whether it is ours.
      if (!packet) continue;
      EXPECT_EQ(packet->flaw,
                fmt::format("only {} of its {} octets were captured; capture whole packets, as tcpdump -s 0 does", size,
                            ip.size()));
    }
}

TEST(Dissector, SaysThatAPacketWithoutLengthWasCapturedBeforeItWasCut) {
  using Case = std::pair<Bytes, std::size_t>;  // With the place of the length.
  for (auto [ip, place] : {Case{ipv4(protocol_udp, udp(4500, 4500, payload)), 2}, Case{ipv6(protocol_esp, payload), 4},
                           Case{ipv4(protocol_esp, payload), 2}}) {
    ip[place] = ip[place + 1] = std::byte{0};
    const auto packet = dissect(DLT_RAW, ip);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->kind, Packet::Kind::Esp);
    EXPECT_TRUE(packet->flaw.starts_with("its IP header says a length of 0")) << packet->flaw;
  }
}

TEST(Dissector, AFragmentThatWasCutIsNotPutTogether) {
  const Bytes whole = udp(500, 500, payload);
  const Bytes first = ipv4(protocol_udp, ByteView{whole}.first(16), 0x2000),
              second = ipv4(protocol_udp, ByteView{whole}.subspan(16), 2);
  Dissector dissector{{}};
  const auto give = [&](ByteView octets) {
    return dissector.dissect({.number = 1, .time = {}, .link_type = DLT_RAW, .octets = octets});
  };
  EXPECT_FALSE(give(ByteView{second}.first(second.size() - 1)));
  EXPECT_FALSE(give(first));
  EXPECT_FALSE(give(ByteView{first}.first(first.size() - 1))->flaw.empty());
}

}  // namespace
}  // namespace agilevpn::cli::decode
