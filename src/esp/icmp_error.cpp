#include "esp/icmp_error.h"

#include "base/codec.h"
#include "esp/checksum.h"
#include "esp/mtu.h"
#include "esp/octets.h"

namespace agilevpn::esp {

namespace {

constexpr std::size_t icmp_header_size = 8;
constexpr std::size_t ipv4_error_max = 576;  // RFC 1812 §4.3.2.3
constexpr std::uint8_t hop_limit = 64;

bool is_icmp_error(const PacketSelectors& packet) {
  const unsigned type = packet.source_port >> 8;
  if (packet.protocol == protocol::icmp6) return type < 128;
  return packet.protocol == protocol::icmp && (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
}

bool is_unicast(const IpAddress& address) {
  return !address.is_unspecified() && !address.is_multicast() && address != IpAddress::last(Family::V4);
}

bool may_be_answered(const PacketSelectors& packet) {
  const bool is_icmp = packet.protocol == protocol::icmp || packet.protocol == protocol::icmp6;
  const bool is_later_fragment = is_icmp && !packet.has_ports;
  return is_unicast(packet.source) && is_unicast(packet.destination) && !is_later_fragment && !is_icmp_error(packet);
}

Bytes ipv4_error(IcmpError error, ByteView quote, const PacketSelectors& to, std::size_t mtu) {
  const bool is_too_big = error == IcmpError::TooBig;
  Writer out;
  out.u8(0x45).u8(0).u16(static_cast<std::uint16_t>(20 + icmp_header_size + quote.size()));
  out.u16(0).u16(0x4000).u8(hop_limit).u8(protocol::icmp).u16(0).bytes(to.destination.bytes()).bytes(to.source.bytes());
  out.u8(3).u8(is_too_big ? 4 : 13).u16(0).u16(0).u16(static_cast<std::uint16_t>(is_too_big ? mtu : 0)).bytes(quote);
  Bytes packet = std::move(out).take();
  const MutableByteView icmp = MutableByteView{packet}.subspan(20);
  store(icmp, 2, static_cast<std::uint16_t>(~fold(checksum_part(icmp))));
  store_ipv4_checksum(packet, 20);
  return packet;
}

Bytes ipv6_error(IcmpError error, ByteView quote, const PacketSelectors& to, std::size_t mtu) {
  const bool is_too_big = error == IcmpError::TooBig;
  const std::size_t size = icmp_header_size + quote.size();
  Writer out;
  out.u32(0x60000000).u16(static_cast<std::uint16_t>(size)).u8(protocol::icmp6).u8(hop_limit);
  out.bytes(to.destination.bytes()).bytes(to.source.bytes());
  out.u8(is_too_big ? 2 : 1)
      .u8(is_too_big ? 0 : 1)
      .u16(0)
      .u32(static_cast<std::uint32_t>(is_too_big ? mtu : 0))
      .bytes(quote);
  Bytes packet = std::move(out).take();
  store_icmp6_checksum(packet);
  return packet;
}

}  // namespace

std::optional<Bytes> icmp_error(IcmpError error, ByteView packet, const IpPacket& ip, std::size_t mtu) {
  if (!may_be_answered(ip.selectors)) return std::nullopt;
  const std::size_t quote_max =
      ip.is_v4() ? ipv4_error_max - 20 - icmp_header_size : ipv6_minimum_mtu - 40 - icmp_header_size;
  const ByteView quote = packet.first(std::min(ip.size, quote_max));
  if (ip.is_v4()) return ipv4_error(error, quote, ip.selectors, mtu);
  return ipv6_error(error, quote, ip.selectors, std::max(mtu, ipv6_minimum_mtu));
}

}  // namespace agilevpn::esp
