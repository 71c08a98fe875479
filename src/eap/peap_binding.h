// How PEAP ends (MS-PEAP §2.2.8.1, §3.1.5.5, §3.1.5.7): the Result and Cryptobinding TLVs of EAP type 33, and the keys
// that bind the TLS session to the method inside, so that nobody in between can use one without the other.
//
// The pseudorandom function is HMAC-SHA1's, as Microsoft chose it; RFC 9427 §2.5 keeps it with TLS 1.3.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/codec.h"
#include "base/secret.h"

namespace agilevpn::eap::peap {

// PRF+ (MS-PEAP §3.1.5.5.2.2); size below 256.
Secret prf_plus(ByteView key, ByteView seed, std::size_t size);

struct Keys {
  Secret ipmk;  // 40 octets
  Secret cmk;   // 20 octets
};
// From the key material of TLS (its first 40 octets count) and the MSK of the method inside (its first 32; none:
// zeros).
Keys derive_keys(ByteView tunnel_key, ByteView inner_msk);
// 64 octets of the Compound Session Key, once both ends have shown their bindings.
Secret msk(const Keys& keys);

inline constexpr std::size_t binding_size = 60;  // The TLV with its head.
using Binding = std::array<std::byte, binding_size>;
enum class Subtype : std::uint8_t { Request = 0, Response = 1 };
using Nonce = std::array<std::byte, 32>;

// Without Outer TLVs (§2.2.6), which nobody was seen to send.
Binding make_binding(const Keys& keys, Subtype subtype, const Nonce& nonce);
bool is_binding(const Binding& claimed, const Keys& keys, Subtype subtype);

enum class Result : std::uint16_t { Success = 1, Failure = 2 };

// The Type-Data of type 33.
struct Extensions {
  std::optional<Result> result;
  std::optional<Binding> binding;
};
// TLVs of other kinds are skipped, unless they are mandatory.
Decoded<Extensions> decode_extensions(ByteView type_data);
Bytes encode(const Extensions& extensions);

}  // namespace agilevpn::eap::peap

namespace agilevpn::eap {

// Whether a login may do without the other end's cryptobinding: not everyone can make one (FreeRADIUS 3).
enum class PeapBinding : std::uint8_t { Accepted, Required };

}  // namespace agilevpn::eap
