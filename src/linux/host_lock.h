// That there is one of something on this host: a name that one process holds while it lives. Another network namespace is
// another host.
#pragma once

#include "linux/file_descriptor.h"

namespace agilevpn::linux {

class HostLock {
 public:
  // Fails, with the error's help saying to stop the other one, if somebody holds it. `name`: "client".
  static Result<HostLock, Error> take(std::string_view name);

 private:
  explicit HostLock(FileDescriptor socket) : socket_(std::move(socket)) {}
  FileDescriptor socket_;
};

}  // namespace agilevpn::linux
