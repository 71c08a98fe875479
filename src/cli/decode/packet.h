// From a captured frame to an IKE message, an ESP packet or a NAT keepalive: link header, IP, fragments, UDP and the
// non-ESP marker (RFC 3948 §2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/decode/capture.h"
#include "cli/decode/ip_packet.h"

namespace agilevpn::cli::decode {

struct Packet {
  enum class Kind : std::uint8_t { Ike, Esp, NatKeepalive };
  Kind kind;
  std::size_t frame = 0;
  FrameTime time;
  SocketAddress source;
  SocketAddress destination;
  bool is_udp = false;  // Else the ports mean nothing.
  Bytes octets;         // Without UDP header and non-ESP marker.
  std::string flaw;     // Why the capture has not the packet as it was sent; then `octets` is what there is.
};

// Whether frames of this libpcap link type can be read.
bool is_known_link_type(int link_type);

class Dissector {
 public:
  // `ports` are UDP ports that carry IKE and ESP, besides 500 and 4500.
  explicit Dissector(std::vector<std::uint16_t> ports);
  // Nothing for a frame that is none of ours, and for a fragment whose others are still to come.
  std::optional<Packet> dissect(const Frame& frame);

 private:
  std::vector<std::uint16_t> ports_;
  FragmentBuffer fragments_;
};

}  // namespace agilevpn::cli::decode
