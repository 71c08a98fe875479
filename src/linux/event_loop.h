// The event loop: one thread that waits for descriptors, deadlines and signals. Everything but post() is for that thread.
// Boost.Asio stays inside; who speaks it (the control socket) reaches its io_context.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>

#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace agilevpn::linux {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Returns after stop(); may be called again.
  void run();
  // Lets the event at hand finish; from any thread.
  void stop();
  // Runs `work` in the loop's thread, soon; from any thread.
  void post(std::function<void()> work);

  // Calls `handle` with the number of each of these signals. For the life of the loop, and asked for once.
  void on_signals(std::initializer_list<int> signals, std::function<void(int)> handle);

  boost::asio::io_context& context();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Calls `ready` whenever a descriptor is readable, until the watch is gone. `ready` reads what is there, or is called again
// at once. The descriptor stays the caller's and outlives the watch.
class ReadWatch {
 public:
  ReadWatch(EventLoop& loop, int fd, std::function<void()> ready);
  ~ReadWatch();
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// One deadline on CLOCK_BOOTTIME: time asleep counts, and a deadline that passed meanwhile is told at wake-up.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> expired);
  ~Timer();

  // Replaces the deadline before; none: it never expires. One in the past expires at once. The kernel is only told of changes,
  // so this costs nothing after every datagram.
  void arm(std::optional<Instant> deadline);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agilevpn::linux
