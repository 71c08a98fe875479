// A flag that poll() can wait for.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/check.h"

namespace agilevpn::dataplane {

class EventFd {
 public:
  EventFd() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { CHECK(fd_ >= 0); }
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;
  ~EventFd() { close(fd_); }

  int get() const { return fd_; }
  void set() {
    const std::uint64_t one = 1;
    CHECK(::write(fd_, &one, sizeof one) == sizeof one);
  }
  // Clearing a flag that is not set is harmless.
  void clear() {
    std::uint64_t count;
    [[maybe_unused]] const auto size = ::read(fd_, &count, sizeof count);
  }

 private:
  int fd_;
};

}  // namespace agilevpn::dataplane
