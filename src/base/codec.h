// Reader and Writer: all parsing and all building of octets goes through these two. Network byte order throughout.
//
// A Reader walks a view and fails, with the offset in the whole datagram, instead of reading past its end. A Writer
// appends; lengths that are known only later are reserved and patched.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace agilevpn {

// What was wrong with octets from outside, and where.
struct DecodeError {
  enum class Kind : std::uint8_t {
    Truncated,  // More octets were promised than there are.
    BadLength,  // A length field that cannot be right.
    BadValue,   // A field whose value the RFC forbids.
    TooMany,    // More than our limits allow (ike/limits.h).
    Trailing,   // Octets after the end.
  };
  Kind kind;
  std::size_t offset;     // From the start of the datagram.
  std::string_view what;  // The field, in the RFC's words: "Payload Length". A literal.

  // "Payload Length at octet 30: the message ends before it".
  std::string to_string() const;
  friend bool operator==(const DecodeError&, const DecodeError&) = default;
};

template <class T>
using Decoded = Result<T, DecodeError>;

class Reader {
 public:
  // `origin` is where `data` stands in the whole datagram, so that errors of nested readers name the true offset.
  explicit Reader(ByteView data, std::size_t origin = 0) : rest_(data), offset_(origin) {}

  Decoded<std::uint8_t> u8(std::string_view what) { return integer<std::uint8_t>(what); }
  Decoded<std::uint16_t> u16(std::string_view what) { return integer<std::uint16_t>(what); }
  Decoded<std::uint32_t> u32(std::string_view what) { return integer<std::uint32_t>(what); }
  Decoded<std::uint64_t> u64(std::string_view what) { return integer<std::uint64_t>(what); }

  // The next `size` octets.
  Decoded<ByteView> take(std::size_t size, std::string_view what);
  // A reader over the next `size` octets.
  Decoded<Reader> sub(std::size_t size, std::string_view what);
  // Everything left.
  ByteView rest();

  bool at_end() const { return rest_.empty(); }
  std::size_t remaining() const { return rest_.size(); }
  std::size_t offset() const { return offset_; }

  // An error at the present place, or `back` octets before it.
  Failure<DecodeError> fail(DecodeError::Kind kind, std::string_view what, std::size_t back = 0) const {
    return Failure{DecodeError{kind, offset_ - back, what}};
  }
  // Fails unless everything was read.
  Decoded<void> expect_end(std::string_view what) const;

 private:
  template <std::unsigned_integral T>
  Decoded<T> integer(std::string_view what) {
    TRY_ASSIGN(const ByteView octets, take(sizeof(T), what));
    T value = 0;
    for (const std::byte b : octets)
      value = static_cast<T>(static_cast<std::uint64_t>(value) << 8 | std::to_integer<T>(b));
    return value;
  }

  ByteView rest_;
  std::size_t offset_;
};

class Writer {
 public:
  Writer& u8(std::uint8_t value) { return integer(value); }
  Writer& u16(std::uint16_t value) { return integer(value); }
  Writer& u32(std::uint32_t value) { return integer(value); }
  Writer& u64(std::uint64_t value) { return integer(value); }
  Writer& bytes(ByteView octets);
  Writer& zeros(std::size_t count);

  std::size_t size() const { return out_.size(); }
  // Overwrites octets written before, for lengths that are known only at the end.
  void patch_u8(std::size_t at, std::uint8_t value);
  void patch_u16(std::size_t at, std::uint16_t value);
  void patch_u32(std::size_t at, std::uint32_t value);

  ByteView view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  template <std::unsigned_integral T>
  Writer& integer(T value) {
    for (std::size_t shift = sizeof(T) * 8; shift > 0; shift -= 8)
      out_.push_back(static_cast<std::byte>(value >> (shift - 8)));
    return *this;
  }
  void patch(std::size_t at, ByteView octets);

  Bytes out_;
};

}  // namespace agilevpn
