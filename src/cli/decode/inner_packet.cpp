// A summary of what ESP carried: addresses, protocol, ports and the data.
#include <fmt/format.h>

#include "cli/decode/esp_reader.h"
#include "cli/decode/ip_packet.h"

namespace agilevpn::cli::decode {

namespace {

std::string name_of(std::uint8_t protocol) {
  switch (protocol) {
    case protocol_icmp: return "ICMP";
    case protocol_ipv4: return "IPv4";
    case protocol_tcp: return "TCP";
    case protocol_udp: return "UDP";
    case protocol_ipv6: return "IPv6";
    case protocol_esp: return "ESP";
    case protocol_icmpv6: return "ICMPv6";
    default: return fmt::format("protocol {}", protocol);
  }
}

Decoded<void> describe_ports(Json& out, Reader& in) {
  TRY_ASSIGN(out["source_port"], in.u16("Source Port"));
  TRY_ASSIGN(out["destination_port"], in.u16("Destination Port"));
  return {};
}

Decoded<void> describe_tcp(Json& out, Reader& in) {  // RFC 9293 §3.1
  TRY(describe_ports(out, in));
  TRY(in.u64("Sequence Number"));
  TRY_ASSIGN(const auto offset_and_flags, in.u16("Flags"));
  constexpr std::array names{"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
  for (std::size_t bit = 0; bit < names.size(); ++bit)
    if ((offset_and_flags >> bit & 1) != 0) out["flags"].push_back(names[bit]);
  TRY(in.take(6, "Checksum"));
  const std::size_t header_size = (offset_and_flags >> 12) * std::size_t{4};
  if (header_size > in.offset()) TRY(in.take(header_size - in.offset(), "Options"));
  return {};
}

Decoded<void> describe_udp(Json& out, Reader& in) {
  TRY(describe_ports(out, in));
  TRY(in.u32("Length"));
  return {};
}

Decoded<void> describe_icmp(Json& out, Reader& in, std::uint8_t request, std::uint8_t reply) {  // RFC 792, RFC 4443
  TRY_ASSIGN(const auto type, in.u8("Type"));
  TRY_ASSIGN(const auto code, in.u8("Code"));
  TRY(in.u16("Checksum"));
  if (type != request && type != reply) {
    out["message"] = fmt::format("type {} code {}", type, code);
    return {};
  }
  out["message"] = type == request ? "echo request" : "echo reply";
  TRY_ASSIGN(out["identifier"], in.u16("Identifier"));
  TRY_ASSIGN(out["sequence_number"], in.u16("Sequence Number"));
  return {};
}

Decoded<void> describe_transport(Json& out, std::uint8_t protocol, Reader& in) {
  switch (protocol) {
    case protocol_tcp: return describe_tcp(out, in);
    case protocol_udp: return describe_udp(out, in);
    case protocol_icmp: return describe_icmp(out, in, 8, 0);
    case protocol_icmpv6: return describe_icmp(out, in, 128, 129);
    default: return {};
  }
}

// What follows an IP header, or ESP's own in transport mode.
void describe_payload(Json& out, std::uint8_t protocol, ByteView octets, bool is_first_fragment) {
  out["protocol"] = name_of(protocol);
  Reader in{octets};
  if (is_first_fragment && !describe_transport(out, protocol, in)) out["error"] = "the packet ends too early";
  if (!in.at_end()) out["data"] = to_hex(in.rest());
}

}  // namespace

Json read_inner(std::uint8_t next_header, ByteView packet) {
  if (next_header == protocol_none) return {{"inner", "dummy packet"}, {"octets", packet.size()}};  // RFC 4303 §2.6
  Json out{{"inner", name_of(next_header)}};
  const bool is_tunnel = next_header == protocol_ipv4 || next_header == protocol_ipv6;
  const auto ip = is_tunnel ? read_ip(packet) : std::nullopt;
  if (!ip || !ip->is_whole()) {
    out["octets"] = packet.size();
    describe_payload(out, next_header, packet, !is_tunnel);
    return out;
  }
  out["octets"] = ip->size;
  out["source"] = ip->source.to_string();
  out["destination"] = ip->destination.to_string();
  describe_payload(out, ip->protocol, ip->payload, ip->fragment_offset == 0);
  return out;
}

}  // namespace agilevpn::cli::decode
