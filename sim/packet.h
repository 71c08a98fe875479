// An outer IP packet of the simulated world: UDP, or ESP without encapsulation (whose ports are 0 and mean nothing).
#pragma once

#include "base/address.h"

namespace agilevpn::sim {

struct Packet {
  enum class Protocol : std::uint8_t { Udp, Esp };
  Protocol protocol = Protocol::Udp;
  SocketAddress from;
  SocketAddress to;
  Bytes payload;

  // Octets of the IP packet.
  std::size_t size() const {
    return payload.size() + (from.address.is_v4() ? 20 : 40) + (protocol == Protocol::Udp ? 8 : 0);
  }
};

}  // namespace agilevpn::sim
