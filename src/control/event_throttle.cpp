#include "control/event_throttle.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace agilevpn::control {

namespace {

std::chrono::sys_seconds second_of(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

}  // namespace

bool EventThrottle::admits(WallTime time, const EventRecord& record) {
  if (!record.needs_no_proof) return true;
  Kind& kind = kinds_.try_emplace(record.name, Kind{.second = second_of(time)}).first->second;
  const auto seconds = std::clamp<std::int64_t>((second_of(time) - kind.second).count(), 0, told_at_once);
  kind.may_be_told = std::min(kind.may_be_told + seconds * told_in_a_second, told_at_once);
  kind.second = second_of(time);
  if (kind.may_be_told > 0) return --kind.may_be_told, true;
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
