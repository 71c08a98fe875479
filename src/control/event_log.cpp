#include "control/event_log.h"

namespace agilevpn::control {

void EventLog::append(WallTime time, EventRecord record) {
  events_.push_back({++last_, time, std::move(record)});
  if (events_.size() > capacity_) events_.pop_front();
  for (const auto& watcher : watchers_) watcher();
}

std::vector<LoggedEvent> EventLog::since(std::uint64_t after, std::size_t limit) const {
  const std::uint64_t oldest = last_ - events_.size();  // The number before the first one kept.
  std::size_t first = after > oldest ? static_cast<std::size_t>(std::min(after, last_) - oldest) : 0;
  if (events_.size() - first > limit) first = events_.size() - limit;
  return {events_.begin() + static_cast<std::ptrdiff_t>(first), events_.end()};
}

EventLog::Watch::Watch(EventLog& log, std::function<void()> watcher)
    : log_(log), place_(log.watchers_.insert(log.watchers_.end(), std::move(watcher))) {}

EventLog::Watch::~Watch() { log_.watchers_.erase(place_); }

}  // namespace agilevpn::control
