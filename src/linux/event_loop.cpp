#include "linux/event_loop.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <utility>
#include <vector>

#include "base/check.h"
#include "linux/file_descriptor.h"

namespace agilevpn::linux {

namespace asio = boost::asio;

struct EventLoop::State {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  asio::signal_set signals{context};
  std::function<void(int)> handle_signal;

  void wait_for_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      handle_signal(number);
      wait_for_signal();
    });
  }
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::run() {
  state_->context.restart();
  state_->context.run();
}

void EventLoop::stop() { state_->context.stop(); }
void EventLoop::post(std::function<void()> work) { asio::post(state_->context, std::move(work)); }
asio::io_context& EventLoop::context() { return state_->context; }

void EventLoop::on_signals(std::initializer_list<int> signals, std::function<void(int)> handle) {
  CHECK(!state_->handle_signal);
  state_->handle_signal = std::move(handle);
  for (const int number : signals) state_->signals.add(number);
  state_->wait_for_signal();
}

// Shared with the wait under way, which may be told of its end when the watch is gone.
struct ReadWatch::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, int fd, std::function<void()> on_ready)
      : descriptor(context, fd), ready(std::move(on_ready)) {}

  void wait() {
    descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            if (error || self->is_over) return;
                            self->ready();
                            if (!self->is_over) self->wait();
                          });
  }

  asio::posix::stream_descriptor descriptor;
  std::function<void()> ready;
  bool is_over = false;
};

ReadWatch::ReadWatch(EventLoop& loop, int fd, std::function<void()> ready)
    : state_(std::make_shared<State>(loop.context(), fd, std::move(ready))) {
  state_->wait();
}

ReadWatch::~ReadWatch() {
  state_->is_over = true;
  state_->descriptor.release();
}

struct Timer::State {
  State(EventLoop& loop, std::function<void()> on_expired)
      : fd(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)),
        expired(std::move(on_expired)),
        watch(loop, fd.get(), [this] { fire(); }) {}

  void fire() {
    std::uint64_t count = 0;
    if (::read(fd.get(), &count, sizeof count) != sizeof count) return;  // It was armed anew meanwhile.
    armed.reset();
    expired();
  }

  FileDescriptor fd;
  std::optional<Instant> armed;
  std::function<void()> expired;
  ReadWatch watch;
};

Timer::Timer(EventLoop& loop, std::function<void()> expired)
    : state_(std::make_unique<State>(loop, std::move(expired))) {}
Timer::~Timer() = default;

void Timer::arm(std::optional<Instant> deadline) {
  if (std::exchange(state_->armed, deadline) == deadline) return;
  itimerspec spec{};
  if (deadline) {
    const auto since_boot = std::max(deadline->time_since_epoch(), Duration{1});  // 0 would disarm.
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = (since_boot - seconds).count();
  }
  CHECK(::timerfd_settime(state_->fd.get(), TFD_TIMER_ABSTIME, &spec, nullptr) == 0);
}

}  // namespace agilevpn::linux
