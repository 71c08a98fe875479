#include "cli/decode/ip_packet.h"

#include "base/codec.h"

namespace agilevpn::cli::decode {

namespace {

using Kind = DecodeError::Kind;

constexpr std::size_t pending_packets_max = 256;  // Packets in parts at the same time.
constexpr std::size_t extensions_max = 8;         // IPv6 extension headers in a row.
constexpr std::uint16_t offset_mask = 0x1fff;     // IPv4's Fragment Offset, in units of 8 octets.
constexpr std::uint16_t more_fragments_v4 = 0x2000;
constexpr std::size_t header_size_v6 = 40;

enum ExtensionHeader : std::uint8_t { HopByHop = 0, Routing = 43, Fragment = 44, DestinationOptions = 60 };

Decoded<IpAddress> read_address(Reader& in, Family family) {
  TRY_ASSIGN(const ByteView octets, in.take(IpAddress::any(family).size(), "Address"));
  return *IpAddress::from_bytes(octets);
}

// What was captured of `size` octets.
ByteView take_payload(Reader& in, IpPacket& packet, std::size_t size) {
  const ByteView captured = in.rest();
  packet.missing = size - std::min(size, captured.size());
  return packet.has_length ? captured.first(size - packet.missing) : captured;
}

Decoded<IpPacket> read_v4(ByteView octets) {  // RFC 791 §3.1
  Reader in{octets};
  IpPacket packet;
  TRY_ASSIGN(const auto version_and_length, in.u8("Version"));
  TRY(in.u8("Type of Service"));
  TRY_ASSIGN(packet.size, in.u16("Total Length"));
  TRY_ASSIGN(packet.identification, in.u16("Identification"));
  TRY_ASSIGN(const auto fragment, in.u16("Fragment Offset"));
  TRY(in.u8("Time to Live"));
  TRY_ASSIGN(packet.protocol, in.u8("Protocol"));
  TRY(in.u16("Header Checksum"));
  TRY_ASSIGN(packet.source, read_address(in, Family::V4));
  TRY_ASSIGN(packet.destination, read_address(in, Family::V4));
  packet.has_length = packet.size != 0;
  const std::size_t header_size = (version_and_length & 0x0f) * std::size_t{4};
  if (header_size < in.offset() || (packet.has_length && packet.size < header_size))
    return in.fail(Kind::BadLength, "IHL");
  TRY(in.take(header_size - in.offset(), "Options"));
  packet.payload = take_payload(in, packet, packet.has_length ? packet.size - header_size : 0);
  packet.fragment_offset = (fragment & offset_mask) * std::size_t{8};
  packet.more_fragments = (fragment & more_fragments_v4) != 0;
  return packet;
}

Decoded<void> read_fragment_header(Reader& in, IpPacket& packet) {  // RFC 8200 §4.5
  TRY_ASSIGN(packet.protocol, in.u8("Next Header"));
  TRY(in.u8("Reserved"));
  TRY_ASSIGN(const auto offset, in.u16("Fragment Offset"));
  TRY_ASSIGN(packet.identification, in.u32("Identification"));
  packet.fragment_offset = offset & 0xfff8;
  packet.more_fragments = (offset & 1) != 0;
  return {};
}

Decoded<void> read_extension(Reader& in, IpPacket& packet) {
  if (packet.protocol == Fragment) return read_fragment_header(in, packet);
  TRY_ASSIGN(packet.protocol, in.u8("Next Header"));
  TRY_ASSIGN(const auto length, in.u8("Hdr Ext Len"));
  TRY(in.take(length * std::size_t{8} + 6, "Extension Header"));
  return {};
}

bool is_extension(std::uint8_t protocol) {
  return protocol == HopByHop || protocol == Routing || protocol == Fragment || protocol == DestinationOptions;
}

Decoded<IpPacket> read_v6(ByteView octets) {  // RFC 8200 §3
  Reader in{octets};
  IpPacket packet;
  TRY(in.u32("Flow Label"));
  TRY_ASSIGN(const auto payload_length, in.u16("Payload Length"));
  TRY_ASSIGN(packet.protocol, in.u8("Next Header"));
  TRY(in.u8("Hop Limit"));
  TRY_ASSIGN(packet.source, read_address(in, Family::V6));
  TRY_ASSIGN(packet.destination, read_address(in, Family::V6));
  packet.has_length = payload_length != 0;
  Reader payload{take_payload(in, packet, payload_length)};
  for (std::size_t i = 0; i < extensions_max && is_extension(packet.protocol) && packet.fragment_offset == 0; ++i)
    TRY(read_extension(payload, packet));
  packet.size = header_size_v6 + payload_length;
  packet.payload = payload.rest();
  return packet;
}

}  // namespace

std::optional<IpPacket> read_ip(ByteView octets) {
  if (octets.empty()) return std::nullopt;
  const auto version = std::to_integer<unsigned>(octets.front()) >> 4;
  if (version != 4 && version != 6) return std::nullopt;
  auto packet = version == 4 ? read_v4(octets) : read_v6(octets);
  return packet ? std::optional{*packet} : std::nullopt;
}

std::optional<Bytes> FragmentBuffer::Parts::whole() const {
  Bytes octets;
  for (const auto& [offset, part] : by_offset) {
    if (offset != octets.size()) return std::nullopt;
    append(octets, part);
  }
  return size == octets.size() ? std::optional{octets} : std::nullopt;
}

std::optional<Bytes> FragmentBuffer::add(const IpPacket& fragment) {
  const Key key{fragment.source, fragment.destination, fragment.protocol, fragment.identification};
  if (pending_.size() == pending_packets_max && !pending_.contains(key)) pending_.erase(pending_.begin());
  Parts& parts = pending_[key];
  parts.by_offset[fragment.fragment_offset] = to_bytes(fragment.payload);
  if (!fragment.more_fragments) parts.size = fragment.fragment_offset + fragment.payload.size();
  auto whole = parts.whole();
  if (whole) pending_.erase(key);
  return whole;
}

}  // namespace agilevpn::cli::decode
