// The packets that a super-packet stands for: what a network card would do with segmentation and checksum offload. Each
// is written where its owner wants it, so that it is copied once, into the place where it will be sealed.
#pragma once

#include "dataplane/tun_device.h"
#include "esp/ip_packet.h"

namespace agilevpn::dataplane {

class Segments {
 public:
  // Nothing if the offload does not fit the packet.
  static std::optional<Segments> of(const TunPacket& packet, const esp::IpPacket& ip);

  std::size_t count() const { return count_; }
  // Octets of packet `index`; none is larger than the first.
  std::size_t size(std::size_t index) const { return header_size_ + payload_size(index); }
  // Writes packet `index`, with its own lengths, numbers and checksums. `out` has size(index) octets.
  void write(std::size_t index, MutableByteView out) const;

 private:
  Segments(const TunPacket& packet, const esp::IpPacket& ip)
      : packet_(packet.octets), offload_(packet.offload), ip_(ip) {}
  std::size_t payload_size(std::size_t index) const;
  void write_ip_header(std::size_t index, MutableByteView out) const;
  void write_tcp_header(std::size_t index, MutableByteView tcp) const;

  ByteView packet_;
  Offload offload_;
  esp::IpPacket ip_;
  std::size_t header_size_ = 0;
  std::size_t segment_size_ = 0;
  std::size_t count_ = 1;
};

}  // namespace agilevpn::dataplane
