// The gateway as the router of an IPv6 client that asks for one (RFC 4861 §6.2, RFC 4191). Windows sets no IPv6 route
// into its tunnel before one answers. To both ends the tunnel is a link of its own, without neighbours to be found.
#pragma once

#include <optional>

#include "esp/sa_database.h"

namespace agilevpn::esp {

// The packet that answers a router solicitation: what can be reached here, and the link's MTU (octets). No prefix is on
// the link: the client has its address from IKE. Nothing if `packet` is no solicitation from a link-local address, as RFC
// 4861 §6.1.1 wants it; its options are not looked at.
std::optional<Bytes> router_advertisement(ByteView packet, const IpPacket& ip, const TrafficSelectors& reachable,
                                          std::size_t mtu);

// The same of a packet that came out of `pair`, sealed for the way back: what `pair` reaches. Nothing also if it has no
// sequence number left.
std::optional<Bytes> answer_solicitation(ByteView packet, const IpPacket& ip, const SaPair& pair, std::size_t mtu);

}  // namespace agilevpn::esp
