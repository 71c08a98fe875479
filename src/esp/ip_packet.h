// An inner packet as ESP looks at it: what its traffic selectors are compared with (RFC 4301 §4.4.1.1), where its upper
// layer begins, and how long it says that it is.
#pragma once

#include <optional>

#include "base/codec.h"
#include "base/traffic_selector.h"

namespace agilevpn::esp {

namespace protocol {  // IANA "Assigned Internet Protocol Numbers"
inline constexpr std::uint8_t icmp = 1;
inline constexpr std::uint8_t ipv4 = 4;
inline constexpr std::uint8_t tcp = 6;
inline constexpr std::uint8_t udp = 17;
inline constexpr std::uint8_t ipv6 = 41;
inline constexpr std::uint8_t icmp6 = 58;
inline constexpr std::uint8_t no_next_header = 59;
}  // namespace protocol

namespace icmp6 {  // IANA "ICMPv6 type Numbers", each with code 0: type << 8 | code, as in PacketSelectors.
inline constexpr std::uint16_t echo_request = 128 << 8;
inline constexpr std::uint16_t router_solicitation = 133 << 8;
inline constexpr std::uint16_t router_advertisement = 134 << 8;
}  // namespace icmp6

struct PacketSelectors {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  // For ICMP both are type << 8 | code (RFC 7296 §3.13.1). False where they cannot be seen: a fragment but the first,
  // or a protocol without ports.
  bool has_ports = false;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;

  friend bool operator==(const PacketSelectors&, const PacketSelectors&) = default;
};

// Whether some selector of each side allows the packet. A packet whose ports cannot be seen matches "any" and OPAQUE
// only (RFC 4301 §7.2: no such fragment passes a selector that names ports).
bool covers(const TrafficSelectors& source, const TrafficSelectors& destination, const PacketSelectors& packet);

struct IpPacket {
  PacketSelectors selectors;
  std::size_t size = 0;         // The whole packet by its own header; what follows it is not part of it.
  std::size_t header_size = 0;  // Of the IP header and its extension headers: the upper layer begins here.
  std::uint8_t traffic_class = 0;
  bool is_fragment = false;   // Any fragment, also the first.
  bool may_fragment = false;  // IPv4 with DF clear.

  bool is_v4() const { return selectors.source.is_v4(); }
  std::size_t payload_size() const { return size - header_size; }

  // `packet` may be longer than the IP packet in it (RFC 4303 §2.7: TFC padding).
  static Decoded<IpPacket> decode(ByteView packet);
};

// Of the link, here the tunnel: a packet from or to such an address goes no further (RFC 4291 §2.5.6). IPv4 has no such
// rule that all keep: 169.254.0.0/16 is reached through tunnels.
inline bool is_of_the_link(const IpAddress& address) { return address.is_v6() && address.is_link_local(); }

// By the version in its first octet; the packet may be anything else.
inline bool is_ipv4(ByteView packet) { return (packet[0] >> 4) == std::byte{4}; }
inline bool is_ipv6(ByteView packet) { return (packet[0] >> 4) == std::byte{6}; }

// The source and destination addresses, side by side as in the header.
ByteView address_octets(ByteView packet);

// Sets the two ECN bits, and keeps an IPv4 header's checksum right.
void store_ecn(MutableByteView packet, std::uint8_t ecn);

}  // namespace agilevpn::esp
