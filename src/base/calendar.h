// What the calendar says at an Instant, once its world has said it of one.
#pragma once

#include "base/time.h"

namespace agilevpn {

class Calendar {
 public:
  void set(Instant now, WallTime date) { at_zero_ = date - since_zero(now); }
  WallTime operator()(Instant now) const { return at_zero_ + since_zero(now); }

 private:
  static WallTime::duration since_zero(Instant now) {
    return std::chrono::floor<WallTime::duration>(now.time_since_epoch());
  }

  WallTime at_zero_{};
};

}  // namespace agilevpn
