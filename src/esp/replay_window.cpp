#include "esp/replay_window.h"

#include <algorithm>
#include <bit>

namespace agilevpn::esp {

namespace {

constexpr std::uint64_t bit(std::uint64_t number) { return std::uint64_t{1} << number % 64; }
constexpr std::uint64_t words(std::size_t size) { return std::max<std::uint64_t>((size + 63) / 64, 1); }

}  // namespace

ReplayWindow::ReplayWindow(std::size_t size) : size_(words(size) * 64), ring_(std::bit_ceil(words(size) + 1)) {}

bool ReplayWindow::is_fresh(std::uint64_t number) const {
  if (number == 0) return false;  // RFC 4303 §3.3.3: the first packet has 1.
  if (number > highest_) return true;
  return highest_ - number < size_ && (ring_[number / 64 % ring_.size()] & bit(number)) == 0;
}

bool ReplayWindow::accept(std::uint64_t number) {
  if (!is_fresh(number)) return false;
  if (number > highest_) {
    const std::uint64_t moved = std::min<std::uint64_t>(number / 64 - highest_ / 64, ring_.size());
    for (std::uint64_t i = 0; i < moved; ++i) word(number - i * 64) = 0;
    highest_ = number;
  }
  word(number) |= bit(number);
  return true;
}

// Numbers that come are between the window's low end and 2^32 above it: the first one with these low bits is it.
std::uint64_t ReplayWindow::extend(std::uint32_t low_half) const {
  const std::uint64_t lowest = highest_ < size_ ? 0 : highest_ - size_ + 1;
  const std::uint64_t number = (lowest & ~std::uint64_t{0xffffffff}) | low_half;
  return number >= lowest ? number : number + (std::uint64_t{1} << 32);
}

}  // namespace agilevpn::esp
