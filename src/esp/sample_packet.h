// Inner packets with right checksums, for tests and simulated hosts.
#pragma once

#include "base/codec.h"
#include "esp/checksum.h"
#include "esp/ip_packet.h"
#include "esp/octets.h"

namespace agilevpn::esp {

struct SamplePacket {
  IpAddress source = IpAddress::v4(10, 0, 0, 1);
  IpAddress destination = IpAddress::v4(10, 9, 0, 1);
  std::uint8_t protocol =
      protocol::udp;  // TCP, UDP, ICMP (an echo request with source_port as its identifier), or raw.
  std::uint16_t source_port = 40000;
  std::uint16_t destination_port = 5001;
  std::uint16_t icmp6_type_and_code = icmp6::echo_request;
  std::uint32_t sequence_number = 1000;  // Of TCP.
  std::uint32_t acknowledgment = 77;
  std::uint8_t flags = 0x10;  // ACK
  Bytes tcp_options = {};     // A multiple of 4 octets.
  std::uint8_t traffic_class = 0;
  std::uint16_t identification = 1;
  bool dont_fragment = true;
  std::uint8_t hop_limit = 64;
  Bytes payload = Bytes(32, std::byte{0x5a});

  Bytes build() const;
  // Who is the router here? (RFC 4861 §4.1)
  static SamplePacket router_solicitation(const IpAddress& from);

 private:
  Bytes upper_layer() const;
  Bytes with_ip_header(ByteView upper) const;
};

inline Bytes SamplePacket::upper_layer() const {
  Writer out;
  const auto size = static_cast<std::uint16_t>(8 + payload.size());
  switch (protocol) {
    case protocol::tcp:
      out.u16(source_port).u16(destination_port).u32(sequence_number).u32(acknowledgment);
      out.u8(static_cast<std::uint8_t>((5 + tcp_options.size() / 4) << 4))
          .u8(flags)
          .u16(0xffff)
          .u32(0)
          .bytes(tcp_options);
      break;
    case protocol::udp: out.u16(source_port).u16(destination_port).u16(size).u16(0); break;
    case protocol::icmp: out.u16(0x0800).u16(0).u16(source_port).u16(1); break;
    case protocol::icmp6: out.u16(icmp6_type_and_code).u16(0).u16(source_port).u16(1); break;
    default: break;
  }
  return std::move(out.bytes(payload)).take();
}

inline Bytes SamplePacket::with_ip_header(ByteView upper) const {
  Writer out;
  if (source.is_v4()) {
    out.u8(0x45).u8(traffic_class).u16(static_cast<std::uint16_t>(20 + upper.size())).u16(identification);
    out.u16(dont_fragment ? 0x4000 : 0).u8(hop_limit).u8(protocol).u16(0);
  } else {
    out.u32(0x60000000u | static_cast<std::uint32_t>(traffic_class) << 20)
        .u16(static_cast<std::uint16_t>(upper.size()));
    out.u8(protocol).u8(hop_limit);
  }
  return std::move(out.bytes(source.bytes()).bytes(destination.bytes()).bytes(upper)).take();
}

inline SamplePacket SamplePacket::router_solicitation(const IpAddress& from) {
  return {.source = from,
          .destination = *IpAddress::parse("ff02::2"),
          .protocol = protocol::icmp6,
          .source_port = 0,
          .icmp6_type_and_code = icmp6::router_solicitation,
          .hop_limit = 255,
          .payload = {}};
}

inline Bytes SamplePacket::build() const {
  const Bytes upper = upper_layer();
  Bytes packet = with_ip_header(upper);
  if (source.is_v4()) store_ipv4_checksum(packet, 20);
  const std::size_t at = protocol == protocol::tcp ? 16 : protocol == protocol::udp ? 6 : 2;
  if (protocol != protocol::tcp && protocol != protocol::udp && protocol != protocol::icmp &&
      protocol != protocol::icmp6)
    return packet;
  const MutableByteView out = MutableByteView{packet}.last(upper.size());
  const bool has_pseudo_header = protocol != protocol::icmp;
  const std::uint32_t pseudo =
      has_pseudo_header ? pseudo_header_part(address_octets(packet), protocol, upper.size()) : 0;
  store(out, at, static_cast<std::uint16_t>(~fold(pseudo + checksum_part(out))));
  return packet;
}

// Whether the IPv4 header's and the TCP, UDP or ICMP checksum are right.
inline bool has_good_checksums(ByteView packet) {
  const auto ip = IpPacket::decode(packet);
  if (!ip) return false;
  if (ip->is_v4() && fold(checksum_part(packet.first(20))) != 0xffff) return false;
  const ByteView upper = packet.subspan(ip->header_size, ip->payload_size());
  const bool has_pseudo_header = ip->selectors.protocol != protocol::icmp;
  const std::uint32_t pseudo =
      has_pseudo_header ? pseudo_header_part(address_octets(packet), ip->selectors.protocol, upper.size()) : 0;
  return fold(pseudo + checksum_part(upper)) == 0xffff;
}

}  // namespace agilevpn::esp
