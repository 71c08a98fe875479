#include "cli/decode/packet.h"

#include <fmt/format.h>
#include <pcap/dlt.h>

#include "base/codec.h"

namespace agilevpn::cli::decode {

namespace {

constexpr std::uint16_t ethertype_ipv4 = 0x0800;
constexpr std::uint16_t ethertype_ipv6 = 0x86dd;
constexpr std::uint16_t ethertype_vlan = 0x8100;
constexpr std::uint16_t ethertype_service_vlan = 0x88a8;
constexpr std::size_t non_esp_marker_size = 4;  // RFC 3948 §2.2
constexpr std::byte nat_keepalive{0xff};        // RFC 3948 §2.3

// What an Ethertype announces: IP, perhaps behind VLAN tags.
Decoded<ByteView> behind_ethertype(Reader& in) {
  TRY_ASSIGN(std::uint16_t type, in.u16("Ethertype"));
  while (type == ethertype_vlan || type == ethertype_service_vlan) {
    TRY(in.u16("Tag Control Information"));
    TRY_ASSIGN(type, in.u16("Ethertype"));
  }
  return type == ethertype_ipv4 || type == ethertype_ipv6 ? in.rest() : ByteView{};
}

Decoded<ByteView> skip(Reader& in, std::size_t size) {
  TRY(in.take(size, "link header"));
  return in.rest();
}

Decoded<ByteView> skip_to_ethertype(Reader& in, std::size_t size) {
  TRY(in.take(size, "link header"));
  return behind_ethertype(in);
}

// The frame behind its link header, of the link types of is_known_link_type(); read_ip() finds out whether it is IP.
Decoded<ByteView> behind_link_header(int link_type, ByteView frame) {
  Reader in{frame};
  switch (link_type) {
    case DLT_EN10MB: return skip_to_ethertype(in, 12);
    case DLT_LINUX_SLL: return skip_to_ethertype(in, 14);
    case DLT_LINUX_SLL2: return skip(in, 20);
    case DLT_NULL:
    case DLT_LOOP: return skip(in, 4);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6: return in.rest();
    default: return ByteView{};
  }
}

struct UdpDatagram {
  std::uint16_t source;
  std::uint16_t destination;
  ByteView payload;
};

// RFC 768. Of a packet that is not whole, what there is.
Decoded<UdpDatagram> read_udp(ByteView octets, bool is_whole) {
  Reader in{octets};
  TRY_ASSIGN(const auto source, in.u16("Source Port"));
  TRY_ASSIGN(const auto destination, in.u16("Destination Port"));
  TRY_ASSIGN(const auto length, in.u16("Length"));
  TRY(in.u16("Checksum"));
  if (!is_whole) return UdpDatagram{source, destination, in.rest()};
  if (length < in.offset()) return in.fail(DecodeError::Kind::BadLength, "Length");
  TRY_ASSIGN(const ByteView payload, in.take(length - in.offset(), "data octets"));
  return UdpDatagram{source, destination, payload};
}

bool begins_with_marker(ByteView payload) {
  return payload.size() >= non_esp_marker_size &&
         std::ranges::all_of(payload.first(non_esp_marker_size), [](std::byte b) { return b == std::byte{0}; });
}

// Takes the marker off. Port 500 has none, unless a NAT gave it to who speaks from 4500; RFC 3948 §2.3 says what a keepalive is.
Packet::Kind classify(const UdpDatagram& udp, ByteView& payload) {
  payload = udp.payload;
  if (payload.size() == 1 && payload.front() == nat_keepalive) return Packet::Kind::NatKeepalive;
  const auto is_at = [&](std::uint16_t port) { return udp.source == port || udp.destination == port; };
  if (is_at(ike_port) && !(is_at(nat_traversal_port) && begins_with_marker(payload))) return Packet::Kind::Ike;
  if (!begins_with_marker(payload)) return Packet::Kind::Esp;
  payload = payload.subspan(non_esp_marker_size);
  return Packet::Kind::Ike;
}

std::string flaw_of(const IpPacket& ip) {
  if (!ip.has_length)
    return "its IP header says a length of 0: it was captured before the network adapter cut it into packets; capture "
           "elsewhere on its way, or after ethtool -K ADAPTER gso off tso off gro off";
  if (ip.missing == 0) return "";
  return fmt::format("only {} of its {} octets were captured; capture whole packets, as tcpdump -s 0 does",
                     ip.size - ip.missing, ip.size);
}

}  // namespace

bool is_known_link_type(int link_type) {
  switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_NULL:
    case DLT_LOOP:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6: return true;
    default: return false;
  }
}

Dissector::Dissector(std::vector<std::uint16_t> ports) : ports_(std::move(ports)) {
  ports_.insert(ports_.end(), {ike_port, nat_traversal_port});
}

std::optional<Packet> Dissector::dissect(const Frame& frame) {
  const auto octets = behind_link_header(frame.link_type, frame.octets);
  const auto ip = octets ? read_ip(*octets) : std::nullopt;
  if (!ip || (ip->protocol != protocol_udp && ip->protocol != protocol_esp)) return std::nullopt;
  if (ip->fragment_offset != 0 && !ip->is_whole()) return std::nullopt;  // Whose it is, the first of them says.
  const auto whole = ip->is_fragment() && ip->is_whole() ? fragments_.add(*ip) : to_bytes(ip->payload);
  if (!whole) return std::nullopt;
  Packet packet{.kind = Packet::Kind::Esp,
                .frame = frame.number,
                .time = frame.time,
                .source = {ip->source, 0},
                .destination = {ip->destination, 0},
                .octets = *whole,
                .flaw = flaw_of(*ip)};
  if (ip->protocol == protocol_esp) return packet;

  const auto udp = read_udp(*whole, ip->is_whole());
  const auto is_ours = [&](std::uint16_t port) { return std::ranges::find(ports_, port) != ports_.end(); };
  if (!udp || !(is_ours(udp->source) || is_ours(udp->destination))) return std::nullopt;
  ByteView payload;
  packet.kind = classify(*udp, payload);
  packet.is_udp = true;
  packet.source.port = udp->source;
  packet.destination.port = udp->destination;
  packet.octets = to_bytes(payload);
  return packet;
}

}  // namespace agilevpn::cli::decode
