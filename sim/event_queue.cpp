#include "sim/event_queue.h"

#include <algorithm>

namespace agilevpn::sim {

EventQueue::Id EventQueue::schedule(Instant when, Action action) {
  if (free_.empty()) {
    free_.push_back(actions_.size());
    actions_.emplace_back();
  }
  const Id id{std::max(when, now_), count_++, free_.back()};
  free_.pop_back();
  actions_[id.place] = {id.number, std::move(action)};
  heap_.push_back(id);
  std::ranges::push_heap(heap_, std::greater{});
  return id;
}

EventQueue::Action EventQueue::take(const Id& id) {
  free_.push_back(id.place);
  return std::exchange(actions_[id.place].action, nullptr);
}

void EventQueue::cancel(Id id) {
  if (!is_live(id)) return;
  take(id);
  if (heap_.size() > 2 * size() + 64) drop_cancelled();
}

void EventQueue::drop_cancelled() {
  std::erase_if(heap_, [this](const Id& id) { return !is_live(id); });
  std::ranges::make_heap(heap_, std::greater{});
}

void EventQueue::drop_first() {
  std::ranges::pop_heap(heap_, std::greater{});
  heap_.pop_back();
}

bool EventQueue::run_next(Instant limit) {
  while (!heap_.empty() && !is_live(heap_.front())) drop_first();
  if (heap_.empty() || heap_.front().when > limit) return false;
  const Id id = heap_.front();
  drop_first();
  now_ = id.when;
  take(id)();
  return true;
}

void EventQueue::run_to(Instant end) {
  while (run_next(end)) {
  }
  now_ = std::max(now_, end);
}

}  // namespace agilevpn::sim
