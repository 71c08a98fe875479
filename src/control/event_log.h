// The newest events of a daemon, kept in memory for `agilevpn log` and whoever follows. Single-threaded.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>

#include "base/event.h"

namespace agilevpn::control {

struct LoggedEvent {
  std::uint64_t number = 0;  // Counts from 1 and never repeats.
  WallTime time{};
  EventRecord record;
};

class EventLog {
 public:
  static constexpr std::size_t capacity_default = 4096;  // A few hours of a busy client; a megabyte or two.

  explicit EventLog(std::size_t capacity = capacity_default) : capacity_(capacity) {}
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // Keeps it, forgets the oldest when full, and tells the watchers.
  void append(WallTime time, EventRecord record);

  // The kept events whose number is above `after`, oldest first. `limit` keeps only the newest so many.
  std::vector<LoggedEvent> since(std::uint64_t after, std::size_t limit = SIZE_MAX) const;
  std::uint64_t last_number() const { return last_; }

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
  std::size_t capacity_;
  std::uint64_t last_ = 0;
  std::deque<LoggedEvent> events_;
  std::list<std::function<void()>> watchers_;
};

}  // namespace agilevpn::control
