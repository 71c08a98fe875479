// Any octets as an inner packet, from a peer with good keys or from this host's TUN: what looks at it, answers it,
// splits it and joins it again stays within it.
#include "base/check.h"
#include "dataplane/coalescer.h"
#include "dataplane/memory_tun.h"
#include "dataplane/segments.h"
#include "esp/icmp_error.h"
#include "esp/mtu.h"
#include "esp/octets.h"

namespace agilevpn::dataplane {
namespace {

void answer(ByteView packet, const esp::IpPacket& ip) {
  for (const esp::IcmpError error : {esp::IcmpError::TooBig, esp::IcmpError::Prohibited}) {
    const auto message = esp::icmp_error(error, packet, ip, 1300);
    CHECK(!message || (message->size() <= esp::ipv6_minimum_mtu && esp::IpPacket::decode(*message)));
  }
}

std::vector<Bytes> split(MutableByteView packet, const esp::IpPacket& ip, const Offload& offload) {
  const auto segments = Segments::of({packet, offload}, ip);
  std::vector<Bytes> packets;
  for (std::size_t i = 0; segments && i < segments->count(); ++i) {
    CHECK(segments->size(i) <= segments->size(0));
    segments->write(i, packets.emplace_back(segments->size(i)));
  }
  return packets;
}

void join(std::vector<Bytes>& packets) {
  MemoryTun tun;
  Counters counters;
  Coalescer coalescer{tun, counters};
  for (Bytes& packet : packets) {
    const auto ip = esp::IpPacket::decode(packet);
    if (!ip) continue;
    if (esp::is_tcp_syn(packet, *ip)) esp::clamp_mss(packet, *ip, 1300);
    coalescer.add({MutableByteView{packet}.first(ip->size), *ip});
  }
  coalescer.flush();
  for (const MemoryTun::Packet& written : tun.take_written()) CHECK(esp::IpPacket::decode(written.octets));
}

// Four octets say the offload, the rest is the packet.
void check(ByteView input) {
  if (input.size() < 4) return;
  const Offload offload{
      .segmentation = Offload::Segmentation{static_cast<std::uint8_t>(esp::load<std::uint8_t>(input, 0) % 3)},
      .segment_size = esp::load<std::uint8_t>(input, 1),
      .needs_checksum = true,
      .checksum_start = esp::load<std::uint8_t>(input, 2),
      .checksum_offset = esp::load<std::uint8_t>(input, 3)};
  Bytes packet = to_bytes(input.subspan(4));
  const auto ip = esp::IpPacket::decode(packet);
  if (!ip) return;
  CHECK(ip->header_size <= ip->size && ip->size <= packet.size());
  answer(packet, *ip);
  std::vector<Bytes> packets = split(packet, *ip, offload);
  packets.push_back(packet);
  join(packets);
}

}  // namespace
}  // namespace agilevpn::dataplane

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  agilevpn::dataplane::check(std::as_bytes(std::span{data, size}));
  return 0;
}
