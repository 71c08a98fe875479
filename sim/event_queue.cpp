#include "sim/event_queue.h"

#include <algorithm>

namespace agilevpn::sim {

EventQueue::Id EventQueue::schedule(Instant when, std::function<void()> action) {
  const Id id{std::max(when, now_), count_++};
  events_.emplace(id, std::move(action));
  return id;
}

bool EventQueue::run_next(Instant limit) {
  if (events_.empty() || events_.begin()->first.first > limit) return false;
  auto event = events_.extract(events_.begin());
  now_ = event.key().first;
  event.mapped()();
  return true;
}

void EventQueue::run_to(Instant end) {
  while (run_next(end)) {
  }
  now_ = std::max(now_, end);
}

}  // namespace agilevpn::sim
