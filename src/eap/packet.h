// EAP packets (RFC 3748 §4): one typed value, one codec.
#pragma once

#include <optional>
#include <string>

#include "base/codec.h"

namespace agilevpn::eap {

enum class Code : std::uint8_t { Request = 1, Response = 2, Success = 3, Failure = 4 };

enum class Type : std::uint8_t {  // IANA "EAP Method Types"
  None = 0,                       // Of Success and Failure, which have none.
  Identity = 1,
  Notification = 2,
  Nak = 3,
  Md5Challenge = 4,
  Gtc = 6,
  Tls = 13,
  Ttls = 21,
  Peap = 25,
  MsChapV2 = 26,
  Extensions = 33,  // EAP-TLV: PEAP's Result and Crypto-Binding (MS-PEAP §2.2.8)
  Expanded = 254,
};

struct Packet {
  Code code = Code::Request;
  std::uint8_t identifier = 0;
  Type type = Type::None;
  Bytes data;  // Type-Data

  friend bool operator==(const Packet&, const Packet&) = default;
};

inline constexpr std::size_t header_size = 4;  // Code, Identifier, Length

// Octets after Length are data-link padding and ignored (§4.1). Fails on a Length beyond the packet, an unknown Code, a
// Request or Response without a Type, a Success or Failure with data.
Decoded<Packet> decode(ByteView octets);
Bytes encode(const Packet& packet);

std::string to_string(Type type);  // "EAP-MSCHAPv2"
// Whether it proves the server, makes a key and withstands dictionaries, so that nothing else need prove the server
// (RFC 5998 §4).
bool may_stand_alone(Type type);
// A method by the name that people write: "mschapv2", "tls", "peap", "ttls", "gtc".
std::optional<Type> parse_method(std::string_view name);

}  // namespace agilevpn::eap
