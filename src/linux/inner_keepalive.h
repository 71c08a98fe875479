// One octet through a tunnel, so that its far end sees that it is in use.
#pragma once

#include "base/address.h"

namespace agilevpn::linux {

// By UDP from an inner address of ours to the discard port (RFC 863) of another. What cannot be sent is not: the next one is
// minutes away.
void send_octet(const IpAddress& from, const IpAddress& to);

}  // namespace agilevpn::linux
