// Work that repeats.
#pragma once

#include <functional>

#include "linux/clock.h"
#include "linux/event_loop.h"

namespace agilevpn::daemon {

class Periodic {
 public:
  Periodic(linux::EventLoop& loop, Duration interval, std::function<void()> work)
      : interval_(interval), timer_(loop, [this, work = std::move(work)] {
          timer_.arm(linux::now() + interval_);
          work();
        }) {
    timer_.arm(linux::now() + interval_);
  }

 private:
  Duration interval_;
  linux::Timer timer_;
};

}  // namespace agilevpn::daemon
