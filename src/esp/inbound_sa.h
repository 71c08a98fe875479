// The opening end of a Child SA (RFC 4303 §3.4, tunnel mode): anti-replay, ICV, padding, and whether the packet inside
// is one that this SA may carry (RFC 4301 §5.2). Packets are opened in place, with nothing allocated.
//
// One thread opens; any thread may read the counters.
#pragma once

#include "base/time.h"
#include "esp/counters.h"
#include "esp/ip_packet.h"
#include "esp/packet_layout.h"
#include "esp/replay_window.h"
#include "esp/sa_parameters.h"

namespace agilevpn::esp {

// A packet that came out of the tunnel.
struct InnerPacket {
  MutableByteView octets;  // In the buffer of the ESP packet, without padding.
  IpPacket ip;
};

class InboundSa {
 public:
  // `parameters.source` is what the peer may send from, `destination` what it may reach here. Nothing for a suite that
  // this build cannot do.
  static std::shared_ptr<InboundSa> make(const SaParameters& parameters,
                                         std::size_t replay_window = default_replay_window);

  // Opens an ESP packet that begins with this SA's SPI. `outer_traffic_class` is that of the IP header it came in.
  Result<InnerPacket, DropReason> open(Instant now, MutableByteView packet, std::uint8_t outer_traffic_class);

  EspSpi spi() const { return spi_; }
  const PacketLayout& layout() const { return layout_; }
  std::uint64_t packets() const { return packets_.value(); }  // That came out.
  std::uint64_t bytes() const { return bytes_.value(); }      // Octets of those.
  const DropCounters& drops() const { return drops_; }
  // When a packet last opened well, whatever was inside: the peer's proof of life.
  std::optional<Instant> last_inbound() const;

 private:
  InboundSa(const SaParameters& parameters, const PacketLayout& layout, crypto::PacketCipher cipher,
            std::size_t window);
  Result<MutableByteView, DropReason> decrypt(MutableByteView packet);
  Result<InnerPacket, DropReason> check_inner(MutableByteView text, std::uint8_t outer_traffic_class) const;

  EspSpi spi_;
  PacketLayout layout_;
  crypto::PacketCipher cipher_;
  ReplayWindow window_;
  TrafficSelectors source_;
  TrafficSelectors destination_;
  Counter packets_;
  Counter bytes_;
  Counter last_inbound_;  // Nanoseconds of the Instant; 0 is never.
  DropCounters drops_;
};

}  // namespace agilevpn::esp
