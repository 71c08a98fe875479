#include "base/codec.h"

#include <fmt/format.h>

#include "base/check.h"

namespace agilevpn {

namespace {

std::string_view describe(DecodeError::Kind kind) {
  switch (kind) {
    case DecodeError::Kind::Truncated: return "the data ends before it";
    case DecodeError::Kind::BadLength: return "the length cannot be right";
    case DecodeError::Kind::BadValue: return "the value is not allowed";
    case DecodeError::Kind::TooMany: return "more than the limit";
    case DecodeError::Kind::Trailing: return "octets after the end";
  }
  return "";
}

}  // namespace

std::string DecodeError::to_string() const { return fmt::format("{} at octet {}: {}", what, offset, describe(kind)); }

Decoded<ByteView> Reader::take(std::size_t size, std::string_view what) {
  if (size > rest_.size()) return fail(DecodeError::Kind::Truncated, what);
  const ByteView taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  offset_ += size;
  return taken;
}

Decoded<Reader> Reader::sub(std::size_t size, std::string_view what) {
  const std::size_t origin = offset_;
  TRY_ASSIGN(const ByteView taken, take(size, what));
  return Reader{taken, origin};
}

ByteView Reader::rest() {
  const ByteView all = rest_;
  rest_ = {};
  offset_ += all.size();
  return all;
}

Decoded<void> Reader::expect_end(std::string_view what) const {
  if (!at_end()) return fail(DecodeError::Kind::Trailing, what);
  return {};
}

Writer& Writer::bytes(ByteView octets) {
  append(out_, octets);
  return *this;
}

Writer& Writer::zeros(std::size_t count) {
  out_.resize(out_.size() + count);
  return *this;
}

void Writer::patch(std::size_t at, ByteView octets) {
  CHECK(at + octets.size() <= out_.size());
  std::ranges::copy(octets, out_.begin() + static_cast<std::ptrdiff_t>(at));
}

void Writer::patch_u8(std::size_t at, std::uint8_t value) { patch(at, Writer{}.u8(value).view()); }
void Writer::patch_u16(std::size_t at, std::uint16_t value) { patch(at, Writer{}.u16(value).view()); }
void Writer::patch_u32(std::size_t at, std::uint32_t value) { patch(at, Writer{}.u32(value).view()); }

}  // namespace agilevpn
