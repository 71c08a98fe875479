#include "eap/peap_packet.h"

namespace agilevpn::eap::peap {

namespace {

// Type 33, and Microsoft's capabilities and health (254 with its Vendor-Id).
bool is_extension(std::byte type) { return type == std::byte{33} || type == std::byte{254}; }

}  // namespace

Bytes compress(ByteView packet) {
  const bool is_short = packet.size() > header_size && !is_extension(packet[header_size]);
  return to_bytes(is_short ? packet.subspan(header_size) : packet);
}

Bytes decompress(ByteView data, Code code, std::uint8_t identifier) {
  const auto whole = decode(data);
  const bool is_whole = whole && whole->code == code && encode(*whole).size() == data.size();
  if (is_whole) return to_bytes(data);
  const auto size = static_cast<std::uint16_t>(header_size + data.size());
  return std::move(Writer{}.u8(static_cast<std::uint8_t>(code)).u8(identifier).u16(size).bytes(data)).take();
}

}  // namespace agilevpn::eap::peap
