// What somebody who has not proved who they are can cause as often as they like is told twenty times a second in the long run,
// two hundred times at once, as when all come back after an outage; the rest is counted and told as a number. So a flood of junk
// costs neither the disk nor the log's useful lines. Which facts these are, each says itself (EventRecord::needs_no_proof).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/event.h"

namespace agilevpn::control {

class EventThrottle {
 public:
  static constexpr std::int64_t told_in_a_second = 20;
  static constexpr std::int64_t told_at_once = 200;

  // False: it was counted instead.
  bool admits(WallTime time, const EventRecord& record);
  // What was only counted in seconds that are over: one record of each kind, "and 1234 more".
  std::vector<EventRecord> take_untold(WallTime time);

 private:
  struct Kind {
    std::chrono::sys_seconds second{};
    std::int64_t may_be_told = told_at_once;
    std::uint64_t untold = 0;
    Severity severity{};
    std::string room;
  };
  std::map<std::string, Kind> kinds_;  // Only of what needs no proof.
};

}  // namespace agilevpn::control
