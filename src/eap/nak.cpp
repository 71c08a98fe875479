#include "eap/nak.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace agilevpn::eap {

namespace {

// §5.3.1. Zero says that nothing would do; 254 asks for an Expanded Type, and we have none.
std::vector<Type> decode_legacy_nak(ByteView data) {
  std::vector<Type> wanted;
  for (const std::byte octet : data)
    if (const Type type{std::to_integer<std::uint8_t>(octet)}; type != Type::None && type != Type::Expanded)
      wanted.push_back(type);
  return wanted;
}

constexpr std::uint32_t nak_vendor_type = 3;
constexpr std::uint32_t ietf_expanded = 0xfe000000;  // Type 254 and a Vendor-Id of zero.

// §5.3.2: Vendor-Id, Vendor-Type, then types of eight octets each. Vendors' own are none of ours.
Decoded<std::vector<Type>> decode_expanded_nak(ByteView data) {
  Reader in{data};
  TRY_ASSIGN(const ByteView vendor, in.take(3, "Vendor-Id"));
  TRY_ASSIGN(const std::uint32_t vendor_type, in.u32("Vendor-Type"));
  const bool is_ietf = std::ranges::all_of(vendor, [](std::byte octet) { return octet == std::byte{0}; });
  if (!is_ietf || vendor_type != nak_vendor_type) return in.fail(DecodeError::Kind::BadValue, "Vendor-Type", 4);
  std::vector<Type> wanted;
  while (!in.at_end()) {
    TRY_ASSIGN(const std::uint32_t head, in.u32("Type and Vendor-Id"));
    TRY_ASSIGN(const std::uint32_t type, in.u32("Vendor-Type"));
    if (head == ietf_expanded && type != 0 && type < 0xfe) wanted.push_back(static_cast<Type>(type));
  }
  return wanted;
}

}  // namespace

std::optional<std::vector<Type>> decode_nak(const Packet& packet) {
  if (packet.type == Type::Nak) return decode_legacy_nak(packet.data);
  if (packet.type != Type::Expanded) return std::nullopt;
  auto wanted = decode_expanded_nak(packet.data);
  if (!wanted) return std::nullopt;
  return *std::move(wanted);
}

Bytes encode_nak(const std::vector<Type>& wanted) {
  Writer out;
  for (const Type type : wanted) out.u8(static_cast<std::uint8_t>(type));
  if (wanted.empty()) out.u8(0);
  return std::move(out).take();
}

std::string to_string(const std::vector<Type>& types) {
  std::vector<std::string> names;
  for (const Type type : types) names.push_back(to_string(type));
  return fmt::format("{}", fmt::join(names, " or "));
}

}  // namespace agilevpn::eap
