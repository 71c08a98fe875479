#include "eap/packet.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace agilevpn::eap {

Decoded<Packet> decode(ByteView octets) {
  Reader in{octets};
  TRY_ASSIGN(const std::uint8_t code, in.u8("Code"));
  TRY_ASSIGN(const std::uint8_t identifier, in.u8("Identifier"));
  TRY_ASSIGN(const std::uint16_t length, in.u16("Length"));
  using Kind = DecodeError::Kind;
  if (code < 1 || code > 4) return Failure{DecodeError{Kind::BadValue, 0, "Code"}};
  if (length < header_size) return in.fail(Kind::BadLength, "Length", 2);
  TRY_ASSIGN(Reader body, in.sub(length - header_size, "Length"));
  Packet packet{.code = static_cast<Code>(code), .identifier = identifier, .type = Type::None, .data = {}};
  const bool has_type = packet.code == Code::Request || packet.code == Code::Response;
  if (!has_type) {
    TRY(body.expect_end("Success or Failure with data"));
    return packet;
  }
  TRY_ASSIGN(const std::uint8_t type, body.u8("Type"));
  packet.type = static_cast<Type>(type);
  packet.data = to_bytes(body.rest());
  return packet;
}

Bytes encode(const Packet& packet) {
  const bool has_type = packet.type != Type::None;
  const std::size_t size = header_size + (has_type ? 1 : 0) + packet.data.size();
  CHECK(size <= 0xffff);
  Writer out;
  out.u8(static_cast<std::uint8_t>(packet.code)).u8(packet.identifier).u16(static_cast<std::uint16_t>(size));
  if (has_type) out.u8(static_cast<std::uint8_t>(packet.type)).bytes(packet.data);
  return std::move(out).take();
}

std::optional<Type> parse_method(std::string_view name) {
  if (name.starts_with("eap-")) name.remove_prefix(4);  // Which says no more here; groups know other ways to log in, too.
  constexpr std::pair<std::string_view, Type> methods[] = {
      {"mschapv2", Type::MsChapV2}, {"tls", Type::Tls}, {"peap", Type::Peap}, {"ttls", Type::Ttls}, {"gtc", Type::Gtc}};
  const auto* found = std::ranges::find(methods, name, [](const auto& method) { return method.first; });
  return found == std::end(methods) ? std::nullopt : std::optional{found->second};
}

bool may_stand_alone(Type type) { return type == Type::Tls || type == Type::Ttls || type == Type::Peap; }

std::string to_string(Type type) {
  switch (type) {
    case Type::None: return "none";
    case Type::Identity: return "EAP-Identity";
    case Type::Notification: return "EAP-Notification";
    case Type::Nak: return "EAP-Nak";
    case Type::Md5Challenge: return "EAP-MD5-Challenge";
    case Type::Gtc: return "EAP-GTC";
    case Type::Tls: return "EAP-TLS";
    case Type::Ttls: return "EAP-TTLS";
    case Type::Peap: return "PEAP";
    case Type::MsChapV2: return "EAP-MSCHAPv2";
    case Type::Extensions: return "EAP-TLV";
    case Type::Expanded: return "expanded EAP type";
  }
  return fmt::format("EAP type {}", static_cast<unsigned>(type));
}

}  // namespace agilevpn::eap
