#include "dataplane/coalescer.h"

#include "dataplane/limits.h"
#include "dataplane/tcp.h"
#include "esp/checksum.h"

namespace agilevpn::dataplane {

namespace {

using esp::load;
using esp::store;

bool has_good_checksum(const esp::InnerPacket& packet) {
  const ByteView upper = packet.octets.subspan(packet.ip.header_size);
  const ByteView addresses = esp::address_octets(packet.octets);
  const std::uint32_t pseudo = esp::pseudo_header_part(addresses, packet.ip.selectors.protocol, upper.size());
  return esp::fold(pseudo + esp::checksum_part(upper)) == 0xffff;
}

// Headers with options or extensions, and packets that may become fragments, go alone.
bool has_plain_ip_header(const esp::IpPacket& ip) {
  return !ip.is_fragment && !ip.may_fragment && ip.header_size == (ip.is_v4() ? 20 : 40);
}

bool has_plain_flags(ByteView tcp) { return (load<std::uint8_t>(tcp, tcp_flags_at) & ~tcp_psh) == tcp_ack; }

bool is_same(ByteView a, ByteView b, std::size_t at, std::size_t size) {
  return equal(a.subspan(at, size), b.subspan(at, size));
}

// All of the IP header but lengths, identification and checksum.
bool is_same_ip_header(ByteView a, ByteView b, bool is_v4) {
  if (is_v4) return is_same(a, b, 0, 2) && is_same(a, b, 6, 4) && is_same(a, b, 12, 8);
  return is_same(a, b, 0, 4) && is_same(a, b, 6, 34);
}

// Acknowledgment, window and options of headers of the same size.
bool is_same_tcp_state(ByteView a, ByteView b, std::size_t header_size) {
  return is_same(a, b, tcp_acknowledgment_at, tcp_flags_at - tcp_acknowledgment_at) &&
         is_same(a, b, tcp_window_at, 2) && is_same(a, b, tcp_options_at, header_size - tcp_options_at);
}

}  // namespace

Coalescer::Coalescer(TunDevice& tun, Counters& counters) : tun_(tun), counters_(counters) {
  parts_.reserve(limits::joined_packets_max);
}

void Coalescer::add(const esp::InnerPacket& packet) {
  const Segment segment = inspect(packet);
  if (!parts_.empty() && continues(segment)) return append(segment);
  flush();
  start(segment);
}

void Coalescer::flush() {
  if (parts_.empty()) return;
  const Offload offload = parts_.size() > 1 ? finish_headers() : Offload{};
  counters_.tun_writes.add();
  if (!tun_.write(offload, parts_)) counters_.tun_write_failures.add();
  parts_.clear();
}

Coalescer::Segment Coalescer::inspect(const esp::InnerPacket& packet) const {
  Segment segment{.packet = packet};
  const auto upper_size = upper_header_size(packet.octets, packet.ip);
  if (!upper_size || !has_plain_ip_header(packet.ip)) return segment;
  segment.header_size = packet.ip.header_size + *upper_size;
  segment.is_tcp = packet.ip.selectors.protocol == esp::protocol::tcp;
  const bool has_right_kind =
      segment.is_tcp ? has_plain_flags(segment.upper())
                     : tun_.takes_udp_segmentation() && load<std::uint16_t>(segment.upper(), udp_checksum_at) != 0;
  segment.may_join = has_right_kind && !segment.payload().empty() && has_good_checksum(packet);
  return segment;
}

bool Coalescer::continues(const Segment& segment) const {
  if (is_complete_ || !segment.may_join || segment.is_tcp != first_.is_tcp || segment.header_size != first_.header_size)
    return false;
  if (segment.payload().size() > first_.payload().size()) return false;
  if (parts_.size() == limits::joined_packets_max || size_ + segment.payload().size() > largest_packet) return false;
  const bool is_v4 = first_.packet.ip.is_v4();
  if (is_v4 != segment.packet.ip.is_v4() || !is_same_ip_header(first_.header(), segment.header(), is_v4)) return false;
  if (!is_same(first_.upper(), segment.upper(), 0, 4)) return false;  // Ports
  if (!first_.is_tcp) return true;
  return load<std::uint32_t>(segment.upper(), tcp_sequence_at) == next_sequence_number_ &&
         is_same_tcp_state(first_.upper(), segment.upper(), first_.header_size - first_.packet.ip.header_size);
}

void Coalescer::start(const Segment& segment) {
  first_ = segment;
  is_complete_ = !segment.may_join;
  size_ = segment.packet.octets.size();
  parts_.push_back(segment.packet.octets);
  if (!segment.may_join || !segment.is_tcp) return;
  next_sequence_number_ =
      load<std::uint32_t>(segment.upper(), tcp_sequence_at) + static_cast<std::uint32_t>(segment.payload().size());
  is_complete_ = (load<std::uint8_t>(segment.upper(), tcp_flags_at) & tcp_psh) != 0;
}

void Coalescer::append(const Segment& segment) {
  parts_.push_back(segment.payload());
  size_ += segment.payload().size();
  is_complete_ = segment.payload().size() < first_.payload().size();
  if (!first_.is_tcp) return;
  next_sequence_number_ += static_cast<std::uint32_t>(segment.payload().size());
  const auto flags = load<std::uint8_t>(segment.upper(), tcp_flags_at);
  if ((flags & tcp_psh) == 0) return;
  store(first_.upper(), tcp_flags_at, flags);
  is_complete_ = true;
}

// The first packet's headers become those of the whole, with the checksum left for who splits it again.
Offload Coalescer::finish_headers() {
  const esp::IpPacket& ip = first_.packet.ip;
  const MutableByteView upper = first_.upper();
  const std::size_t upper_size = size_ - ip.header_size;
  const std::size_t segment_size = first_.payload().size();
  const std::size_t field = first_.is_tcp ? tcp_checksum_at : udp_checksum_at;
  store_ip_size(first_.packet.octets, ip, size_);
  if (ip.is_v4()) esp::store_ipv4_checksum(first_.packet.octets, ip.header_size);
  if (!first_.is_tcp) store(upper, udp_length_at, static_cast<std::uint16_t>(upper_size));
  const ByteView addresses = esp::address_octets(first_.packet.octets);
  store(upper, field, esp::fold(esp::pseudo_header_part(addresses, ip.selectors.protocol, upper_size)));
  return {.segmentation = first_.is_tcp ? Offload::Segmentation::Tcp : Offload::Segmentation::Udp,
          .segment_size = segment_size,
          .header_size = first_.header_size,
          .needs_checksum = true,
          .checksum_start = ip.header_size,
          .checksum_offset = field};
}

}  // namespace agilevpn::dataplane
