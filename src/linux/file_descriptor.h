// A file descriptor that closes itself, and the errors of system calls as Errors.
#pragma once

#include <string_view>
#include <utility>

#include "base/error.h"

namespace agilevpn::linux {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// "cannot open /dev/net/tun: Permission denied", from errno. `action` is "open /dev/net/tun". Without a help of the
// caller's, EPERM and EACCES say to run as root.
Error system_error(std::string_view action, std::string_view help = {});
Error system_error(int error_number, std::string_view action, std::string_view help = {});

}  // namespace agilevpn::linux
