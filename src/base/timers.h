// Deadlines: when the owner of a protocol room must call it again.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>

#include "base/time.h"

namespace agilevpn {

inline bool is_due(const std::optional<Instant>& at, Instant now) { return at && now >= *at; }

inline void take_earlier(std::optional<Instant>& earliest, const std::optional<Instant>& at) {
  if (at && (!earliest || *at < *earliest)) earliest = at;
}

// The deadlines of one owner, by name: an enum whose last value is Count.
template <class Name>
class Timers {
 public:
  std::optional<Instant>& operator[](Name which) { return at_[static_cast<std::size_t>(which)]; }
  const std::optional<Instant>& operator[](Name which) const { return at_[static_cast<std::size_t>(which)]; }

  // Whether it is over; it is set no longer then.
  bool take_due(Instant now, Name which) {
    auto& at = (*this)[which];
    if (!is_due(at, now)) return false;
    at.reset();
    return true;
  }
  void stop(std::initializer_list<Name> which) {
    for (const Name one : which) (*this)[one].reset();
  }
  void stop_all() { at_ = {}; }

  std::optional<Instant> first() const {
    std::optional<Instant> earliest;
    for (const auto& at : at_) take_earlier(earliest, at);
    return earliest;
  }

 private:
  std::array<std::optional<Instant>, static_cast<std::size_t>(Name::Count)> at_;
};

}  // namespace agilevpn
