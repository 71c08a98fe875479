#include "dataplane/segments.h"

#include "dataplane/tcp.h"
#include "esp/checksum.h"
#include "esp/octets.h"

namespace agilevpn::dataplane {

namespace {

using esp::load;
using esp::store;

// Over `octets`, in whose checksum field the pseudo-header's sum stands.
void finish_checksum(MutableByteView octets, std::size_t field, bool is_udp) {
  const auto checksum = static_cast<std::uint16_t>(~esp::fold(esp::checksum_part(octets)));
  store<std::uint16_t>(octets, field, is_udp && checksum == 0 ? 0xffff : checksum);  // RFC 768: 0 says "none".
}

}  // namespace

std::optional<Segments> Segments::of(const TunPacket& packet, const esp::IpPacket& ip) {
  Segments segments{packet, ip};
  const Offload& offload = packet.offload;
  segments.packet_ = segments.packet_.first(ip.size);
  if (offload.needs_checksum && offload.checksum_start + offload.checksum_offset + 2 > ip.size) return std::nullopt;
  if (offload.segmentation == Offload::Segmentation::None) {
    segments.segment_size_ = ip.size;
    return segments;
  }
  const bool is_tcp = offload.segmentation == Offload::Segmentation::Tcp;
  const auto upper = upper_header_size(segments.packet_, ip);
  if (!upper || offload.segment_size == 0 ||
      ip.selectors.protocol != (is_tcp ? esp::protocol::tcp : esp::protocol::udp))
    return std::nullopt;
  segments.header_size_ = ip.header_size + *upper;
  segments.segment_size_ = offload.segment_size;
  const std::size_t payload = ip.size - segments.header_size_;
  segments.count_ = std::max<std::size_t>((payload + offload.segment_size - 1) / offload.segment_size, 1);
  return segments;
}

std::size_t Segments::payload_size(std::size_t index) const {
  return std::min(segment_size_, packet_.size() - header_size_ - index * segment_size_);
}

void Segments::write(std::size_t index, MutableByteView out) const {
  const ByteView payload = packet_.subspan(header_size_ + index * segment_size_, payload_size(index));
  std::ranges::copy(packet_.first(header_size_), out.begin());
  std::ranges::copy(payload, out.begin() + static_cast<std::ptrdiff_t>(header_size_));
  const bool is_udp = ip_.selectors.protocol == esp::protocol::udp;
  if (header_size_ == 0) {
    if (offload_.needs_checksum)
      finish_checksum(out.subspan(offload_.checksum_start), offload_.checksum_offset, is_udp);
    return;
  }
  write_ip_header(index, out);
  const MutableByteView upper = out.subspan(ip_.header_size);
  const std::uint32_t pseudo = esp::pseudo_header_part(esp::address_octets(out), ip_.selectors.protocol, upper.size());
  if (is_udp)
    store(upper, udp_length_at, static_cast<std::uint16_t>(upper.size()));
  else
    write_tcp_header(index, upper);
  const std::size_t field = is_udp ? udp_checksum_at : tcp_checksum_at;
  store(upper, field, esp::fold(pseudo));
  finish_checksum(upper, field, is_udp);
}

void Segments::write_ip_header(std::size_t index, MutableByteView out) const {
  store_ip_size(out, ip_, out.size());
  if (!ip_.is_v4()) return;
  store(out, 4, static_cast<std::uint16_t>(load<std::uint16_t>(out, 4) + index));  // Identification
  esp::store_ipv4_checksum(out, ip_.header_size);
}

// FIN and PSH belong to the last segment, CWR to the first (RFC 3168 §6.1.2).
void Segments::write_tcp_header(std::size_t index, MutableByteView tcp) const {
  const auto number = load<std::uint32_t>(tcp, tcp_sequence_at);
  store(tcp, tcp_sequence_at, static_cast<std::uint32_t>(number + index * segment_size_));
  auto flags = load<std::uint8_t>(tcp, tcp_flags_at);
  if (index + 1 < count_) flags &= static_cast<std::uint8_t>(~(tcp_fin | tcp_psh));
  if (index > 0) flags &= static_cast<std::uint8_t>(~tcp_cwr);
  store(tcp, tcp_flags_at, flags);
}

}  // namespace agilevpn::dataplane
