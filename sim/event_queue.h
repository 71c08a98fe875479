// Virtual time: what happens when. Events of the same instant happen in the order in which they were scheduled, so that a
// run depends on nothing but its seed.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/time.h"

namespace agilevpn::sim {

class EventQueue {
 public:
  using Action = std::move_only_function<void()>;
  struct Id {
    Instant when;
    std::uint64_t number = 0;
    std::size_t place = 0;  // Of its action.
    friend auto operator<=>(const Id&, const Id&) = default;
  };

  Instant now() const { return now_; }
  // An instant in the past means now.
  Id schedule(Instant when, Action action);
  Id schedule_in(Duration delay, Action action) { return schedule(now_ + delay, std::move(action)); }
  // An event that has happened, or was cancelled, is ignored.
  void cancel(Id id);

  bool is_empty() const { return size() == 0; }
  std::size_t size() const { return actions_.size() - free_.size(); }
  // The next event, if it is due by `limit`; false and no time passes if there is none.
  bool run_next(Instant limit);
  // Everything due until then; now() is `end` afterwards.
  void run_to(Instant end);

 private:
  struct Slot {
    std::uint64_t number = 0;  // Of the event whose action it is.
    Action action;             // Empty: nobody's.
  };
  bool is_live(const Id& id) const { return actions_[id.place].number == id.number && actions_[id.place].action; }
  Action take(const Id& id);
  void drop_first();
  void drop_cancelled();

  Instant now_{};
  std::uint64_t count_ = 0;
  std::vector<Id> heap_;  // The earliest first; cancelled ones stay until they are due, or are half of all.
  std::vector<Slot> actions_;
  std::vector<std::size_t> free_;  // Places of actions_.
};

}  // namespace agilevpn::sim
