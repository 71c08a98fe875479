// Octet strings and their views, and hexadecimal. Nothing here interprets octets: that is Reader's and Writer's work.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agilevpn {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>{text.data(), text.size()});
}
inline std::string to_text(ByteView bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}
inline Bytes to_bytes(ByteView view) { return Bytes(view.begin(), view.end()); }
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }

// C libraries (OpenSSL, libpcap) take octets as unsigned char.
inline const unsigned char* as_uchar(ByteView view) { return reinterpret_cast<const unsigned char*>(view.data()); }
inline unsigned char* as_uchar(MutableByteView view) { return reinterpret_cast<unsigned char*>(view.data()); }

inline bool equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }
void append(Bytes& to, ByteView more);
Bytes concat(std::initializer_list<ByteView> parts);

// Lower case, no separators.
std::string to_hex(ByteView bytes);
// Nothing if the text has an odd number of digits or another character; spaces and newlines are skipped.
std::optional<Bytes> from_hex(std::string_view text);

// An octet string literal for tests and tables: "0102ff"_hex. Ends the program on a bad digit.
Bytes operator""_hex(const char* text, std::size_t size);

}  // namespace agilevpn
