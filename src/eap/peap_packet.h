// EAP packets inside PEAP go without Code, Identifier and Length, except those of the extension types (MS-PEAP
// §3.1.5.6). Not everyone keeps to that, so a packet that is whole is taken whole.
#pragma once

#include "eap/packet.h"

namespace agilevpn::eap::peap {

// What goes inside for a packet.
Bytes compress(ByteView packet);
// The packet that came inside; `code` and `identifier` are those of the packet around it.
Bytes decompress(ByteView data, Code code, std::uint8_t identifier);

}  // namespace agilevpn::eap::peap
