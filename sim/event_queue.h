// Virtual time: what happens when. Events of the same instant happen in the order in which they were scheduled, so that a
// run depends on nothing but its seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "base/time.h"

namespace agilevpn::sim {

class EventQueue {
 public:
  using Id = std::pair<Instant, std::uint64_t>;

  Instant now() const { return now_; }
  // An instant in the past means now.
  Id schedule(Instant when, std::function<void()> action);
  Id schedule_in(Duration delay, std::function<void()> action) { return schedule(now_ + delay, std::move(action)); }
  // An event that has happened, or was cancelled, is ignored.
  void cancel(Id id) { events_.erase(id); }

  bool is_empty() const { return events_.empty(); }
  std::size_t size() const { return events_.size(); }
  // The next event, if it is due by `limit`; false and no time passes if there is none.
  bool run_next(Instant limit);
  // Everything due until then; now() is `end` afterwards.
  void run_to(Instant end);

 private:
  Instant now_{};
  std::uint64_t count_ = 0;
  std::map<Id, std::function<void()>> events_;
};

}  // namespace agilevpn::sim
