// MD5 (RFC 1321) and HMAC-MD5 (RFC 2104), for RADIUS alone, whose packets know nothing else (RFC 2865 §3, RFC 3579 §3.2),
// and for the EAP-MD5 that it may carry. Nothing else may use them.
#pragma once

#include <array>
#include <initializer_list>

#include "base/bytes.h"

namespace agilevpn::crypto {

using Md5Digest = std::array<std::byte, 16>;

Md5Digest md5(std::initializer_list<ByteView> parts);
Md5Digest hmac_md5(ByteView key, ByteView octets);

}  // namespace agilevpn::crypto
