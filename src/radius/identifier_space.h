// The identifiers that a client may use towards one server: 256 for each of its sockets (RFC 2865 §3, "Identifier"). They are
// given round robin, so that one is used again as late as can be (RFC 5080 §2.2.2).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace agilevpn::radius {

// One of our sockets, and the identifier on it.
struct Slot {
  std::size_t source = 0;
  std::uint8_t identifier = 0;
  friend auto operator<=>(const Slot&, const Slot&) = default;
};

class IdentifierSpace {
 public:
  explicit IdentifierSpace(std::size_t sources) : taken_(sources * 256) {}

  // Nothing when all are taken.
  std::optional<Slot> take() {
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      const std::size_t at = next_;
      next_ = (next_ + 1) % taken_.size();
      if (taken_[at]) continue;
      taken_[at] = true;
      return Slot{at / 256, static_cast<std::uint8_t>(at % 256)};
    }
    return std::nullopt;
  }
  void release(Slot slot) { taken_[slot.source * 256 + slot.identifier] = false; }

 private:
  std::vector<bool> taken_;
  std::size_t next_ = 0;
};

}  // namespace agilevpn::radius
