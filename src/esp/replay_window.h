// Anti-replay (RFC 4303 §3.4.3): which sequence numbers were received, in a ring of bits behind the highest one.
// Numbers are always 64-bit here; with 32-bit ones on the wire the high half is zero, with ESN it is inferred.
#pragma once

#include <cstdint>
#include <vector>

namespace agilevpn::esp {

class ReplayWindow {
 public:
  // Packets that may come late; rounded up to a multiple of 64.
  explicit ReplayWindow(std::size_t size);

  // Before the ICV is checked, and again nothing but a hint.
  bool is_fresh(std::uint64_t number) const;
  // After the ICV was good: marks it. False, and nothing marked, if it was received before or is too old.
  [[nodiscard]] bool accept(std::uint64_t number);
  // The ESN that a packet with these low bits most likely has (RFC 4303 appendix A2.2); never fresh if there is none.
  std::uint64_t extend(std::uint32_t low_half) const;

  std::uint64_t highest() const { return highest_; }

 private:
  std::uint64_t& word(std::uint64_t number) { return ring_[number / 64 % ring_.size()]; }

  std::uint64_t size_;
  std::uint64_t highest_ = 0;
  std::vector<std::uint64_t> ring_;  // One word more than the window, so that it can move by whole words.
};

}  // namespace agilevpn::esp
