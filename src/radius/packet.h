// RADIUS packets (RFC 2865 §3): one typed value, one codec. Whether a packet is authentic authenticator.h says; what is
// hidden in it hidden.h reveals.
#pragma once

#include "radius/attributes.h"

namespace agilevpn::radius {

using Authenticator = std::array<std::byte, 16>;

struct Packet {
  Code code = Code::AccessRequest;
  std::uint8_t identifier = 0;
  Authenticator authenticator{};
  Attributes attributes;

  friend bool operator==(const Packet&, const Packet&) = default;
};

inline constexpr std::size_t header_size = 20;  // Code, Identifier, Length, Authenticator

// Octets after Length are padding and ignored. Fails on a Length beyond the datagram or outside of 20 to 4096, and on an
// attribute whose Length is below 2 or beyond the packet. Microsoft's attributes come out one by one, however many stand in
// one Vendor-Specific attribute; one that is not laid out as RFC 2865 §5.26 suggests stays as it is.
Decoded<Packet> decode(ByteView datagram);
Bytes encode(const Packet& packet);
// What encode() would need; above limits::packet_largest it cannot.
std::size_t encoded_size(const Packet& packet);

std::string to_string(Code code);  // "Access-Request"

}  // namespace agilevpn::radius
