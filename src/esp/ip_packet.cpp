#include "esp/ip_packet.h"

#include "esp/checksum.h"
#include "esp/octets.h"

namespace agilevpn::esp {

namespace {

constexpr std::uint8_t hop_by_hop = 0;
constexpr std::uint8_t routing = 43;
constexpr std::uint8_t fragment = 44;
constexpr std::uint8_t authentication_header = 51;
constexpr std::uint8_t destination_options = 60;
constexpr int extension_headers_max = 8;  // Of an IPv6 packet; a longer chain is refused.

bool allows(const TrafficSelector& ts, const IpAddress& address, const PacketSelectors& packet, std::uint16_t port) {
  if (!ts.contains(address) || (ts.protocol != 0 && ts.protocol != packet.protocol)) return false;
  const bool is_any = ts.first_port == 0 && ts.last_port == 0xffff;
  const bool is_opaque = ts.first_port > ts.last_port;
  if (is_any || is_opaque) return is_any || !packet.has_ports;
  return packet.has_ports && ts.first_port <= port && port <= ts.last_port;
}

void read_ports(PacketSelectors& selectors, ByteView upper_layer) {
  switch (selectors.protocol) {
    case protocol::icmp:
    case protocol::icmp6:
      if (upper_layer.size() < 2) return;
      selectors.source_port = selectors.destination_port = load<std::uint16_t>(upper_layer, 0);
      break;
    case protocol::tcp:
    case protocol::udp:
    case 33:   // DCCP
    case 132:  // SCTP
    case 136:  // UDP-Lite
      if (upper_layer.size() < 4) return;
      selectors.source_port = load<std::uint16_t>(upper_layer, 0);
      selectors.destination_port = load<std::uint16_t>(upper_layer, 2);
      break;
    default: return;
  }
  selectors.has_ports = true;
}

// RFC 791 §3.1
Decoded<IpPacket> decode_ipv4(Reader in) {
  const std::size_t available = in.remaining();
  TRY_ASSIGN(const ByteView header, in.take(20, "IPv4 header"));
  const auto header_size = static_cast<std::size_t>(load<std::uint8_t>(header, 0) & 0xf) * 4;
  const auto size = static_cast<std::size_t>(load<std::uint16_t>(header, 2));
  if (header_size < 20 || size < header_size) return in.fail(DecodeError::Kind::BadLength, "IHL", 20);
  if (size > available) return in.fail(DecodeError::Kind::Truncated, "Total Length", 18);
  TRY(in.take(header_size - 20, "IPv4 options"));
  const auto fragmentation = load<std::uint16_t>(header, 6);
  const bool is_later_fragment = (fragmentation & 0x1fff) != 0;
  IpPacket packet{.size = size, .header_size = header_size, .traffic_class = load<std::uint8_t>(header, 1)};
  packet.is_fragment = is_later_fragment || (fragmentation & 0x2000) != 0;
  packet.may_fragment = (fragmentation & 0x4000) == 0;
  packet.selectors = {.source = *IpAddress::from_bytes(header.subspan(12, 4)),
                      .destination = *IpAddress::from_bytes(header.subspan(16, 4)),
                      .protocol = load<std::uint8_t>(header, 9)};
  if (!is_later_fragment) read_ports(packet.selectors, in.rest().first(packet.payload_size()));
  return packet;
}

bool is_extension(std::uint8_t next_header) {
  return next_header == hop_by_hop || next_header == routing || next_header == fragment ||
         next_header == authentication_header || next_header == destination_options;
}

std::size_t extension_size(std::uint8_t next_header, std::uint8_t length) {
  if (next_header == fragment) return 8;
  if (next_header == authentication_header) return (length + std::size_t{2}) * 4;  // RFC 4302 §2.2
  return (length + std::size_t{1}) * 8;
}

// RFC 8200 §4: walks to the upper layer. True if what follows is its beginning, not a later fragment's middle.
Decoded<bool> skip_extensions(Reader& in, std::uint8_t& next_header, IpPacket& packet) {
  for (int i = 0; is_extension(next_header); ++i) {
    if (i == extension_headers_max) return in.fail(DecodeError::Kind::TooMany, "extension headers");
    TRY_ASSIGN(const ByteView start, in.take(8, "extension header"));
    const std::size_t size = extension_size(next_header, load<std::uint8_t>(start, 1));
    TRY(in.take(size - 8, "extension header"));
    packet.header_size += size;
    const bool is_fragment_header = next_header == fragment;
    next_header = load<std::uint8_t>(start, 0);
    if (!is_fragment_header) continue;
    packet.is_fragment = true;
    if ((load<std::uint16_t>(start, 2) & 0xfff8) != 0) return false;
  }
  return true;
}

// RFC 8200 §3
Decoded<IpPacket> decode_ipv6(Reader in) {
  TRY_ASSIGN(const ByteView header, in.take(40, "IPv6 header"));
  TRY_ASSIGN(Reader payload, in.sub(load<std::uint16_t>(header, 4), "Payload Length"));
  IpPacket packet{.size = 40 + payload.remaining(), .header_size = 40};
  packet.traffic_class = static_cast<std::uint8_t>(load<std::uint16_t>(header, 0) >> 4);
  packet.selectors.source = *IpAddress::from_bytes(header.subspan(8, 16));
  packet.selectors.destination = *IpAddress::from_bytes(header.subspan(24, 16));
  auto next_header = load<std::uint8_t>(header, 6);
  TRY_ASSIGN(const bool has_beginning, skip_extensions(payload, next_header, packet));
  packet.selectors.protocol = next_header;
  if (has_beginning) read_ports(packet.selectors, payload.rest());
  return packet;
}

}  // namespace

bool covers(const TrafficSelectors& source, const TrafficSelectors& destination, const PacketSelectors& packet) {
  const auto allows_source = [&](const TrafficSelector& ts) {
    return allows(ts, packet.source, packet, packet.source_port);
  };
  const auto allows_destination = [&](const TrafficSelector& ts) {
    return allows(ts, packet.destination, packet, packet.destination_port);
  };
  return std::ranges::any_of(source, allows_source) && std::ranges::any_of(destination, allows_destination);
}

Decoded<IpPacket> IpPacket::decode(ByteView packet) {
  const Reader in{packet};
  if (packet.empty()) return in.fail(DecodeError::Kind::Truncated, "IP version");
  if (is_ipv4(packet)) return decode_ipv4(in);
  if (is_ipv6(packet)) return decode_ipv6(in);
  return in.fail(DecodeError::Kind::BadValue, "IP version");
}

ByteView address_octets(ByteView packet) { return is_ipv4(packet) ? packet.subspan(12, 8) : packet.subspan(8, 32); }

void store_ecn(MutableByteView packet, std::uint8_t ecn) {
  const bool is_v4 = is_ipv4(packet);
  const auto old_word = load<std::uint16_t>(packet, 0);
  const unsigned shift = is_v4 ? 0 : 4;
  const auto new_word = static_cast<std::uint16_t>((old_word & ~(3u << shift)) | static_cast<unsigned>(ecn) << shift);
  store(packet, 0, new_word);
  if (is_v4) store(packet, 10, updated_checksum(load<std::uint16_t>(packet, 10), old_word, new_word));
}

}  // namespace agilevpn::esp
