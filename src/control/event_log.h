// The newest events of a daemon, kept in memory for `agilevpn log` and whoever follows. Single-threaded.
//
// Bounded in events and in octets. When it is full, the kind that takes the most octets loses its oldest: a flood of one kind
// flushes out itself and nothing else. What needs no proof of identity is told at a bounded rate (event_throttle.h).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>

#include "base/event.h"
#include "control/event_throttle.h"

namespace agilevpn::control {

struct LoggedEvent {
  std::uint64_t number = 0;  // Counts from 1 and never repeats.
  WallTime time{};
  EventRecord record;
};

struct EventLogLimits {
  std::size_t events = 4096;             // A few hours of a busy client.
  std::size_t octets = 4 * 1024 * 1024;  // Of their text; what they take in memory is a little more.
};

class EventLog {
 public:
  explicit EventLog(EventLogLimits limits = {}) : limits_(limits) {}
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // Keeps it, forgets others when full, and tells the watchers.
  void append(WallTime time, EventRecord record);

  // The kept events whose number is above `after` and which are at least so severe, oldest first. `limit` keeps only the
  // newest so many.
  std::vector<LoggedEvent> since(std::uint64_t after, std::size_t limit = SIZE_MAX,
                                 Severity least = Severity::Detail) const;
  std::uint64_t last_number() const { return last_; }
  std::size_t octets() const { return octets_; }

  // Calls `watcher` after each append() until the Watch is gone, which must be before the log.
  class Watch {
   public:
    Watch(EventLog& log, std::function<void()> watcher);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    EventLog& log_;
    std::list<std::function<void()>>::iterator place_;
  };

 private:
  struct Kind {
    std::size_t octets = 0;
    std::deque<LoggedEvent> events;
  };
  void keep(WallTime time, EventRecord record);
  void forget_one();

  EventLogLimits limits_;
  EventThrottle throttle_;
  std::uint64_t last_ = 0;
  std::size_t count_ = 0;
  std::size_t octets_ = 0;
  std::map<std::string, Kind> kinds_;  // By the record's name. The names are the program's own, so they are few.
  std::list<std::function<void()>> watchers_;
};

}  // namespace agilevpn::control
