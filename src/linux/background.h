// A thread of its own for calls that take as long as they like and cannot be told to stop: a token, a module that
// somebody else wrote. One after the other; the event loop goes on meanwhile and is given the results.
#pragma once

#include <functional>
#include <memory>

#include "linux/event_loop.h"

namespace agilevpn::linux {

class Background {
 public:
  using Conclusion = std::function<void()>;

  explicit Background(EventLoop& loop);
  // What has not begun is dropped, and what is under way is never concluded; it is waited for a moment only.
  ~Background();
  Background(const Background&) = delete;

  // Runs `work` in the thread, then what it returned in the loop.
  void run(std::function<Conclusion()> work);
  // How many have not been concluded.
  std::size_t waiting() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace agilevpn::linux
