#include "linux/background.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace agilevpn::linux {

namespace {
constexpr auto end_patience = 2s;  // A token that hangs must not keep the program from ending.
}

// Shared with the thread and with what waits in the loop; without a loop nobody wants an answer any more.
struct Background::State : std::enable_shared_from_this<State> {
  explicit State(EventLoop& l) : loop(&l) {}

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<Conclusion()>> work;
  EventLoop* loop;
  std::size_t waiting = 0;
  bool has_thread = false;

  void serve();
  void conclude(Conclusion conclusion);
};

Background::Background(EventLoop& loop) : state_(std::make_shared<State>(loop)) {}

Background::~Background() {
  std::unique_lock lock{state_->mutex};
  state_->loop = nullptr;
  state_->work.clear();
  state_->changed.notify_all();
  state_->changed.wait_for(lock, end_patience, [this] { return !state_->has_thread; });
}

void Background::run(std::function<Conclusion()> work) {
  const std::lock_guard lock{state_->mutex};
  state_->work.push_back(std::move(work));
  ++state_->waiting;
  state_->changed.notify_all();
  if (std::exchange(state_->has_thread, true)) return;
  std::thread{[state = state_] { state->serve(); }}.detach();
}

std::size_t Background::waiting() const {
  const std::lock_guard lock{state_->mutex};
  return state_->waiting;
}

void Background::State::serve() {
  std::unique_lock lock{mutex};
  while (true) {
    changed.wait(lock, [this] { return !loop || !work.empty(); });
    if (!loop) break;
    auto next = std::move(work.front());
    work.pop_front();
    lock.unlock();
    Conclusion conclusion = next();
    next = nullptr;
    lock.lock();
    if (loop) conclude(std::move(conclusion));
  }
  has_thread = false;
  changed.notify_all();
}

void Background::State::conclude(Conclusion conclusion) {
  loop->post([self = shared_from_this(), conclusion = std::move(conclusion)] {
    {
      const std::lock_guard lock{self->mutex};
      if (!self->loop) return;
      --self->waiting;
    }
    conclusion();
  });
}

}  // namespace agilevpn::linux
