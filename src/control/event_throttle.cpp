#include "control/event_throttle.h"

#include <fmt/format.h>

#include <utility>

namespace agilevpn::control {

namespace {

std::chrono::sys_seconds second_of(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

}  // namespace

bool EventThrottle::admits(WallTime time, const EventRecord& record) {
  if (!record.needs_no_proof) return true;
  Kind& kind = kinds_[record.name];
  if (kind.second != second_of(time)) {
    kind.second = second_of(time);
    kind.told = 0;
  }
  if (kind.told < told_in_a_second) return ++kind.told, true;
  ++kind.untold;
  kind.severity = record.severity;
  kind.room = record.room;
  return false;
}

std::vector<EventRecord> EventThrottle::take_untold(WallTime time) {
  std::vector<EventRecord> records;
  for (auto& [name, kind] : kinds_) {
    if (kind.untold == 0 || kind.second == second_of(time)) continue;
    const auto count = static_cast<std::int64_t>(std::exchange(kind.untold, 0));
    records.push_back({.severity = kind.severity,
                       .room = kind.room,
                       .name = name,
                       .sentence = fmt::format("and {} more {}", count, name),
                       .subject = {},
                       .fields = {{.name = "count", .value = count}}});
  }
  return records;
}

}  // namespace agilevpn::control
