// Hash functions. SHA-1 is here for what RFC 7296 fixes it for: NAT detection (§2.23) and CERTREQ (§3.7), and the
// signatures of old peers when a policy names them.
#pragma once

#include <initializer_list>
#include <string>

#include "base/bytes.h"

namespace agilevpn::crypto {

enum class HashId : std::uint16_t {  // IANA "IKEv2 Hash Algorithms" (RFC 7427 §7)
  Sha1 = 1,
  Sha2_256 = 2,
  Sha2_384 = 3,
  Sha2_512 = 4,
  Identity = 5,  // RFC 8420: the signature algorithm hashes by itself (Ed25519, Ed448).
};

Bytes hash(HashId id, std::initializer_list<ByteView> parts);
std::string to_string(HashId id);  // "SHA2-256"

}  // namespace agilevpn::crypto
