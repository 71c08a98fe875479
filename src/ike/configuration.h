// The configuration payload (RFC 7296 §2.19, §3.15; RFC 8598 for domains) and the lease that it carries.
#pragma once

#include "ike/ask.h"
#include "ike/lease.h"
#include "ike/peer_kind.h"
#include "ike/wire/message.h"

namespace agilevpn::ike {

// Of a gateway that runs Windows, WINS servers and its own inner addresses are asked for as well ([MS-IKEE] 2.2.8).
wire::ConfigurationPayload configuration_request(bool wants_ipv4, bool wants_ipv6, const std::optional<Lease>& former,
                                                 PeerKind gateway);
AssignAddresses read_configuration_request(IkeSaId ike_sa, const wire::Identity& peer,
                                           const wire::ConfigurationPayload& request);
wire::ConfigurationPayload configuration_reply(const Lease& lease);
// What cannot be read of an attribute is left out.
Lease read_configuration_reply(const wire::ConfigurationPayload& reply);

// The selectors narrowed to the leased addresses, for the side that has the lease.
TrafficSelectors selectors_of(const Lease& lease);

}  // namespace agilevpn::ike
