// Joins packets of one flow that came out of the tunnel one after the other into a super-packet for one write to the
// TUN: what a network card's receive offload does. TCP segments that follow each other join, and UDP datagrams of one
// size; nothing is reordered, and a packet with a wrong checksum goes on alone, for its receiver to see.
#pragma once

#include <vector>

#include "dataplane/counters.h"
#include "dataplane/tun_device.h"
#include "esp/inbound_sa.h"

namespace agilevpn::dataplane {

class Coalescer {
 public:
  Coalescer(TunDevice& tun, Counters& counters);

  // The packet's octets must stay until the next flush().
  void add(const esp::InnerPacket& packet);
  // Writes what is joined so far. At the end of each batch.
  void flush();

 private:
  struct Segment {
    esp::InnerPacket packet;
    std::size_t header_size = 0;  // IP and TCP or UDP.
    bool may_join = false;
    bool is_tcp = false;

    MutableByteView header() const { return packet.octets.first(header_size); }
    MutableByteView upper() const { return packet.octets.subspan(packet.ip.header_size); }
    ByteView payload() const { return packet.octets.subspan(header_size); }
  };

  Segment inspect(const esp::InnerPacket& packet) const;
  bool continues(const Segment& segment) const;
  void start(const Segment& segment);
  void append(const Segment& segment);
  Offload finish_headers();

  TunDevice& tun_;
  Counters& counters_;
  Segment first_;
  std::vector<ByteView> parts_;  // The first packet whole, the payloads of the others.
  std::size_t size_ = 0;         // Of all parts.
  std::uint32_t next_sequence_number_ = 0;
  bool is_complete_ = false;  // A short or pushed segment was the last one.
};

}  // namespace agilevpn::dataplane
