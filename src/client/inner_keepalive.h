// What keeps a tunnel in use while its user is idle.
#pragma once

#include <optional>

#include "ike/endpoint.h"

namespace agilevpn::client {

// One octet by UDP through the tunnel, to the discard port (RFC 863).
struct InnerKeepalive {
  IpAddress from, to;
};

// To an address of the gateway's own inside, if it told one, else to a name server there: nobody minds. Nothing if neither
// is known, or lies in the tunnel. The session has a lease.
std::optional<InnerKeepalive> inner_keepalive(const ike::IkeSaInfo& session);

}  // namespace agilevpn::client
