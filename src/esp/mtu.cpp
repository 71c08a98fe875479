#include "esp/mtu.h"

#include "esp/checksum.h"

namespace agilevpn::esp {

namespace {

constexpr std::size_t tcp_header_size = 20;
constexpr std::size_t tcp_offset_at = 12;
constexpr std::size_t tcp_flags_at = 13;
constexpr std::size_t tcp_checksum_at = 16;
constexpr unsigned tcp_syn = 0x02;

// Where the MSS stands in the TCP header; nothing if it is not there (RFC 9293 §3.2).
std::optional<std::size_t> find_mss(ByteView header) {
  std::size_t at = tcp_header_size;
  while (at + 1 < header.size()) {
    const auto kind = load<std::uint8_t>(header, at);
    if (kind == 0) break;
    const std::size_t length = kind == 1 ? 1 : load<std::uint8_t>(header, at + 1);
    if (length == 0 || at + length > header.size()) break;
    if (kind == 2 && length == 4) return at + 2;
    at += length;
  }
  return std::nullopt;
}

std::uint16_t turned(std::uint16_t word) { return static_cast<std::uint16_t>(word << 8 | word >> 8); }

void replace_mss(MutableByteView tcp, std::size_t at, std::uint16_t mss) {
  auto old_word = load<std::uint16_t>(tcp, at);
  store(tcp, at, mss);
  if (at % 2 == 1) {  // It straddles two words of the sum.
    old_word = turned(old_word);
    mss = turned(mss);
  }
  store(tcp, tcp_checksum_at, updated_checksum(load<std::uint16_t>(tcp, tcp_checksum_at), old_word, mss));
}

}  // namespace

std::size_t outer_header_size(const Encapsulation& encapsulation) {
  return (encapsulation.outer == Family::V4 ? 20u : 40u) + (encapsulation.udp ? 8u : 0u);
}

std::size_t inner_mtu(std::size_t outer_mtu, const PacketLayout& layout, const Encapsulation& encapsulation) {
  const std::size_t headers = outer_header_size(encapsulation);
  return outer_mtu < headers ? 0 : layout.largest_inner(outer_mtu - headers);
}

bool is_tcp_syn(ByteView packet, const IpPacket& ip) {
  if (ip.selectors.protocol != protocol::tcp || !ip.selectors.has_ports || ip.payload_size() < tcp_header_size)
    return false;
  return (load<std::uint8_t>(packet, ip.header_size + tcp_flags_at) & tcp_syn) != 0;
}

void clamp_mss(MutableByteView packet, const IpPacket& ip, std::size_t mtu) {
  const MutableByteView tcp = packet.subspan(ip.header_size, ip.payload_size());
  const auto header_size = static_cast<std::size_t>(load<std::uint8_t>(tcp, tcp_offset_at) >> 4) * 4;
  if (header_size < tcp_header_size || header_size > tcp.size()) return;
  const auto at = find_mss(tcp.first(header_size));
  const std::size_t headers = (ip.is_v4() ? 20 : 40) + tcp_header_size;  // Without options (RFC 6691 §2).
  if (!at || mtu <= headers || load<std::uint16_t>(tcp, *at) <= mtu - headers) return;
  replace_mss(tcp, *at, static_cast<std::uint16_t>(mtu - headers));
}

}  // namespace agilevpn::esp
