// What fits: inner packets in outer ones, and TCP segments in inner packets.
#pragma once

#include "base/time.h"
#include "esp/ip_packet.h"
#include "esp/packet_layout.h"

namespace agilevpn::esp {

inline constexpr std::size_t largest_ip_packet = 65535;
inline constexpr std::size_t ipv6_minimum_mtu = 1280;  // RFC 8200 §5
// What every IPv4 host takes (RFC 791 §3.1). Less is no path of today's but a forged ICMP; where it is true, outer packets go
// in fragments.
inline constexpr std::size_t smallest_path_mtu = 576;
inline constexpr auto path_mtu_lifetime =
    10min;  // RFC 8201 §4: a larger one "SHOULD" be tried after that, and not before 5.

struct Encapsulation {
  Family outer = Family::V4;
  bool udp = false;  // RFC 3948
};

// Octets of the headers before the ESP packet.
std::size_t outer_header_size(const Encapsulation& encapsulation);

// The largest inner packet whose outer packet has at most `outer_mtu` octets; 0 if there is none.
std::size_t inner_mtu(std::size_t outer_mtu, const PacketLayout& layout, const Encapsulation& encapsulation);

// Whether the packet begins a TCP connection, and so may announce an MSS (RFC 9293 §3.7.1).
bool is_tcp_syn(ByteView packet, const IpPacket& ip);

// Lowers the MSS that a TCP SYN announces to what fits into inner packets of `mtu` octets; the checksum stays as right
// as it was. Only for what is_tcp_syn().
void clamp_mss(MutableByteView packet, const IpPacket& ip, std::size_t mtu);

}  // namespace agilevpn::esp
