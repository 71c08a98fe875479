#include "radius/packet.h"

#include <fmt/format.h>

#include "base/check.h"
#include "radius/limits.h"

namespace agilevpn::radius {

namespace {

constexpr std::size_t attribute_header_size = 2;  // Type, Length
constexpr std::size_t vendor_header_size = 6;     // Vendor-Id, Vendor type, Vendor length

// RFC 2865 §5.26. Nothing if it is another vendor's, or laid out otherwise.
Decoded<Attributes> decode_microsoft(ByteView value) {
  Reader in{value};
  Attributes found;
  TRY_ASSIGN(const std::uint32_t vendor, in.u32("Vendor-Id"));
  if (vendor != microsoft) return found;
  while (!in.at_end()) {
    TRY_ASSIGN(const std::uint8_t type, in.u8("Vendor type"));
    TRY_ASSIGN(const std::uint8_t length, in.u8("Vendor length"));
    if (type == 0 || length < attribute_header_size) return in.fail(DecodeError::Kind::BadLength, "Vendor length", 1);
    TRY_ASSIGN(const ByteView body, in.take(length - attribute_header_size, "Vendor length"));
    found.add(MicrosoftType{type}, body);
  }
  return found;
}

Decoded<void> decode_attribute(Reader& in, Attributes& attributes) {
  TRY_ASSIGN(const std::uint8_t type, in.u8("Type"));
  TRY_ASSIGN(const std::uint8_t length, in.u8("Length"));
  if (length < attribute_header_size) return in.fail(DecodeError::Kind::BadLength, "Length", 1);
  TRY_ASSIGN(const ByteView value, in.take(length - attribute_header_size, "Length"));
  if (Type{type} == Type::VendorSpecific) {
    const auto of_microsoft = decode_microsoft(value);
    if (of_microsoft && !of_microsoft->empty()) {
      attributes.append(*of_microsoft);
      return {};
    }
  }
  attributes.add(Type{type}, value);
  return {};
}

void encode_attribute(Writer& out, const Attribute& attribute) {
  const bool is_microsoft = attribute.id.is_microsoft();
  const std::size_t size = attribute.value.size() + attribute_header_size;
  out.u8(static_cast<std::uint8_t>(attribute.id.type));
  if (is_microsoft) {
    out.u8(static_cast<std::uint8_t>(size + vendor_header_size)).u32(microsoft);
    out.u8(static_cast<std::uint8_t>(attribute.id.microsoft_type));
  }
  out.u8(static_cast<std::uint8_t>(size)).bytes(attribute.value);
}

}  // namespace

Decoded<Packet> decode(ByteView datagram) {
  Reader in{datagram};
  TRY_ASSIGN(const std::uint8_t code, in.u8("Code"));
  TRY_ASSIGN(const std::uint8_t identifier, in.u8("Identifier"));
  TRY_ASSIGN(const std::uint16_t length, in.u16("Length"));
  if (length < limits::packet_smallest || length > limits::packet_largest) {
    return in.fail(DecodeError::Kind::BadLength, "Length", 2);
  }
  TRY_ASSIGN(Reader body, in.sub(length - attribute_header_size * 2, "Length"));
  Packet packet{.code = Code{code}, .identifier = identifier, .authenticator = {}, .attributes = {}};
  TRY_ASSIGN(const ByteView authenticator, body.take(packet.authenticator.size(), "Authenticator"));
  std::ranges::copy(authenticator, packet.authenticator.begin());
  while (!body.at_end()) TRY(decode_attribute(body, packet.attributes));
  return packet;
}

Bytes encode(const Packet& packet) {
  const std::size_t size = encoded_size(packet);
  CHECK(size <= limits::packet_largest);
  Writer out;
  out.u8(static_cast<std::uint8_t>(packet.code)).u8(packet.identifier).u16(static_cast<std::uint16_t>(size));
  out.bytes(packet.authenticator);
  for (const Attribute& attribute : packet.attributes) encode_attribute(out, attribute);
  return std::move(out).take();
}

std::size_t encoded_size(const Packet& packet) {
  std::size_t size = header_size;
  for (const Attribute& one : packet.attributes) {
    size += attribute_header_size + (one.id.is_microsoft() ? vendor_header_size : 0) + one.value.size();
  }
  return size;
}

std::string to_string(Code code) {
  switch (code) {
    case Code::AccessRequest: return "Access-Request";
    case Code::AccessAccept: return "Access-Accept";
    case Code::AccessReject: return "Access-Reject";
    case Code::AccountingRequest: return "Accounting-Request";
    case Code::AccountingResponse: return "Accounting-Response";
    case Code::AccessChallenge: return "Access-Challenge";
    case Code::StatusServer: return "Status-Server";
    case Code::DisconnectRequest: return "Disconnect-Request";
    case Code::DisconnectAck: return "Disconnect-ACK";
    case Code::DisconnectNak: return "Disconnect-NAK";
    case Code::CoaRequest: return "CoA-Request";
    case Code::CoaAck: return "CoA-ACK";
    case Code::CoaNak: return "CoA-NAK";
  }
  return fmt::format("RADIUS code {}", static_cast<unsigned>(code));
}

}  // namespace agilevpn::radius
