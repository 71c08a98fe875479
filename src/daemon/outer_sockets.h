// The sockets on the outer network that a role needs.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/error.h"
#include "daemon/packet_path.h"
#include "dataplane/datagram_socket.h"

namespace agilevpn::daemon {

struct OuterSockets {
  std::vector<std::unique_ptr<dataplane::DatagramSocket>> sockets;
  std::map<Family, std::uint16_t> client_ports;  // What stands for 4500 on a client.
};

// UDP for IKE and ESP, and raw ones for native ESP; all marked, so that nothing goes into the tunnel.
Result<OuterSockets, Error> open_outer_sockets(const PacketPathSettings& settings);

}  // namespace agilevpn::daemon
