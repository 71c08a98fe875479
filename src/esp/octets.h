// Fields at fixed places of packets in buffers, in network byte order: what Reader and Writer are to messages, where
// nothing may be allocated and the size was checked once for the whole header.
#pragma once

#include <concepts>

#include "base/bytes.h"

namespace agilevpn::esp {

// The caller has checked that `from` holds at + sizeof(T) octets.
template <std::unsigned_integral T>
T load(ByteView from, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = value << 8 | std::to_integer<std::uint64_t>(from[at + i]);
  return static_cast<T>(value);
}

template <std::unsigned_integral T>
void store(MutableByteView to, std::size_t at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) to[at + i] = static_cast<std::byte>(value >> (8 * (sizeof(T) - 1 - i)));
}

}  // namespace agilevpn::esp
