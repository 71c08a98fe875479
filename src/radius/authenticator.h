// What makes a packet authentic: the Request and Response Authenticators (RFC 2865 §3, RFC 2866 §3, RFC 5176 §2.3) and the
// Message-Authenticator (RFC 3579 §3.2). MD5 alone is forged by collisions today ("BlastRADIUS", CVE-2024-3596), so every
// packet but those of accounting carries a Message-Authenticator, as its first attribute, and answers without are refused.
#pragma once

#include "base/secret.h"
#include "radius/packet.h"

namespace agilevpn::radius {

enum class MessageAuthenticator : std::uint8_t { Optional, Required };  // If it is there it must be right.

// A request ready for the wire. The authenticator of an Access-Request or Status-Server must be set, unpredictable; that of
// all others is computed. A Message-Authenticator in the packet is replaced.
Bytes seal_request(Packet packet, const Secret& secret);
Bytes seal_response(Packet packet, const Authenticator& of_request, const Secret& secret);

// Of a datagram that decode() takes.
bool is_authentic_request(ByteView datagram, const Secret& secret, MessageAuthenticator need);
bool is_authentic_response(ByteView datagram, const Authenticator& of_request, const Secret& secret,
                           MessageAuthenticator need);

}  // namespace agilevpn::radius
