// NAT detection (RFC 7296 §2.23): each end sends hashes of the addresses it believes in; a hash that does not fit what
// arrived means that somebody translated in between.
#pragma once

#include "base/address.h"
#include "base/spi.h"
#include "ike/wire/message.h"

namespace agilevpn::ike {

// SHA-1(SPIi | SPIr | IP address | port)
Bytes nat_detection_hash(IkeSpi spi_i, IkeSpi spi_r, const SocketAddress& address);

// N(NAT_DETECTION_SOURCE_IP) and N(NAT_DETECTION_DESTINATION_IP) for a message sent on this path.
void add_nat_detection(wire::Payloads& payloads, IkeSpi spi_i, IkeSpi spi_r, const Path& path);

struct NatFindings {
  bool was_checked = false;  // The message had both notifies.
  bool is_local_behind_nat = false;
  bool is_peer_behind_nat = false;
  Bytes our_mapping;  // The peer's hash of our address as it sees it: a change means that our NAT mapping changed.
};
// What a message that arrived on this path says.
NatFindings find_nat(const wire::Payloads& payloads, IkeSpi spi_i, IkeSpi spi_r, const Path& path);

}  // namespace agilevpn::ike
