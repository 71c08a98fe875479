#include "base/bytes.h"

#include "base/check.h"

namespace agilevpn {

namespace {

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

Bytes concat(std::initializer_list<ByteView> parts) {
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  Bytes all;
  all.reserve(size);  // Of a secret, no piece is left behind where it grew.
  for (const ByteView part : parts) append(all, part);
  return all;
}

std::string to_hex(ByteView bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text.push_back(digits[std::to_integer<unsigned>(b) >> 4]);
    text.push_back(digits[std::to_integer<unsigned>(b) & 15]);
  }
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  Bytes bytes;
  std::optional<unsigned> high;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    const auto value = digit(c);
    if (!value) return std::nullopt;
    if (high) {
      bytes.push_back(static_cast<std::byte>(*high << 4 | *value));
      high.reset();
    } else {
      high = value;
    }
  }
  if (high) return std::nullopt;
  return bytes;
}

Bytes operator""_hex(const char* text, std::size_t size) {
  auto bytes = from_hex({text, size});
  CHECK(bytes.has_value());
  return *std::move(bytes);
}

}  // namespace agilevpn
