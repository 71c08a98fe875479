// What RADIUS hides with its shared secret and MD5: User-Password (RFC 2865 §5.2) and Microsoft's MPPE keys (RFC 2548
// §2.4.2), in which an EAP method's MSK comes (RFC 3579 §3.16, RFC 5216 §2.3).
#pragma once

#include "base/secret.h"
#include "radius/packet.h"

namespace agilevpn::radius {

inline constexpr std::size_t password_largest = 128;  // RFC 2865 §5.2

// The value of User-Password. Zeros at the end of a password are lost: they are the padding.
Bytes hide_password(ByteView password, const Authenticator& of_request, const Secret& secret);
// Nothing for a size that cannot be.
std::optional<Secret> reveal_password(ByteView value, const Authenticator& of_request, const Secret& secret);

// The value of MS-MPPE-Send-Key or -Recv-Key: Salt and the hidden key. The two of one packet need different salts, with the
// most significant bit set.
Bytes hide_key(ByteView key, std::uint16_t salt, const Authenticator& of_request, const Secret& secret);
// Nothing if the value cannot be one, or what it hides says of itself a size that cannot be: another secret.
std::optional<Secret> reveal_key(ByteView value, const Authenticator& of_request, const Secret& secret);

// Recv-Key and Send-Key in this order, padded with zeros to 64 octets. Nothing if one is not there or cannot be revealed.
std::optional<Secret> reveal_msk(const Attributes& attributes, const Authenticator& of_request, const Secret& secret);
// The inverse, for a server: an MSK in two halves.
void add_msk(Attributes& attributes, ByteView msk, std::uint16_t salt, const Authenticator& of_request,
             const Secret& secret);

}  // namespace agilevpn::radius
