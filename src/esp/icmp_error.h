// What is told to the sender of an inner packet that cannot go through the tunnel (RFC 792, 1191, 4443; RFC 4301 §8.2).
#pragma once

#include <optional>

#include "esp/ip_packet.h"

namespace agilevpn::esp {

enum class IcmpError : std::uint8_t {
  TooBig,      // "Fragmentation needed and DF set" with the next-hop MTU; "Packet Too Big".
  Prohibited,  // "Communication administratively prohibited": no SA covers it (RFC 4301 §5.1.1).
};

// An IP packet that answers `packet`, as if its destination had sent it: the host routes that through the tunnel
// anyway. Nothing where no error may be sent (RFC 1122 §3.2.2, RFC 4443 §2.4): about errors, later fragments,
// multicast.
std::optional<Bytes> icmp_error(IcmpError error, ByteView packet, const IpPacket& ip, std::size_t mtu = 0);

}  // namespace agilevpn::esp
