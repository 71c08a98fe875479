#include "eap/identity.h"

#include <array>

#include "base/utf8.h"
#include "eap/limits.h"

namespace agilevpn::eap {

namespace {

bool is_control(std::byte octet) { return octet < std::byte{0x20} || octet == std::byte{0x7f}; }

// Octets 0x80 to 0x9f of the code page of Western Windows (Windows-1252); those that it leaves free stand for themselves.
// Above them it is Latin-1, which is how Unicode begins.
constexpr std::array<char32_t, 32> windows_1252 = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                                   0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                                   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                                   0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

std::string from_windows_1252(ByteView octets) {
  std::string text;
  for (const std::byte octet : octets) {
    const auto value = std::to_integer<std::uint8_t>(octet);
    const bool is_own = value >= 0x80 && value < 0xa0;
    append_utf8(text, is_own ? windows_1252[value - 0x80u] : value);
  }
  return text;
}

}  // namespace

std::optional<std::string> decode_identity(ByteView octets) {
  if (octets.size() > limits::identity_size_max || std::ranges::any_of(octets, is_control)) return std::nullopt;
  return is_utf8(octets) ? to_text(octets) : from_windows_1252(octets);
}

std::string decode_message(ByteView octets) {
  Bytes shown;
  std::ranges::remove_copy_if(octets.first(std::min(octets.size(), limits::notification_size_max)),
                              std::back_inserter(shown), is_control);
  return is_utf8(shown) ? to_text(shown) : from_windows_1252(shown);
}

}  // namespace agilevpn::eap
