// Where the fields of TCP (RFC 9293 §3.1) and UDP (RFC 768) headers stand, for who splits and joins packets.
#pragma once

#include "esp/ip_packet.h"
#include "esp/octets.h"

namespace agilevpn::dataplane {

inline constexpr std::size_t tcp_sequence_at = 4;
inline constexpr std::size_t tcp_acknowledgment_at = 8;
inline constexpr std::size_t tcp_offset_at = 12;
inline constexpr std::size_t tcp_flags_at = 13;
inline constexpr std::size_t tcp_window_at = 14;
inline constexpr std::size_t tcp_checksum_at = 16;
inline constexpr std::size_t tcp_options_at = 20;
inline constexpr std::size_t udp_length_at = 4;
inline constexpr std::size_t udp_checksum_at = 6;
inline constexpr std::size_t udp_header_size = 8;

inline constexpr std::uint8_t tcp_fin = 0x01;
inline constexpr std::uint8_t tcp_psh = 0x08;
inline constexpr std::uint8_t tcp_ack = 0x10;
inline constexpr std::uint8_t tcp_cwr = 0x80;

// Octets of the TCP or UDP header of a packet; nothing if it has none or it is broken.
inline std::optional<std::size_t> upper_header_size(ByteView packet, const esp::IpPacket& ip) {
  if (!ip.selectors.has_ports) return std::nullopt;
  const std::size_t available = ip.payload_size();
  if (ip.selectors.protocol == esp::protocol::udp)
    return available < udp_header_size ? std::nullopt : std::optional{udp_header_size};
  if (ip.selectors.protocol != esp::protocol::tcp || available < tcp_options_at) return std::nullopt;
  const auto size = static_cast<std::size_t>(esp::load<std::uint8_t>(packet, ip.header_size + tcp_offset_at) >> 4) * 4;
  return size < tcp_options_at || size > available ? std::nullopt : std::optional{size};
}

// The length field of the IP header; an IPv4 header's checksum is left as it was.
inline void store_ip_size(MutableByteView packet, const esp::IpPacket& ip, std::size_t size) {
  if (ip.is_v4())
    esp::store(packet, 2, static_cast<std::uint16_t>(size));
  else
    esp::store(packet, 4, static_cast<std::uint16_t>(size - 40));
}

}  // namespace agilevpn::dataplane
