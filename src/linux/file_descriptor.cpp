#include "linux/file_descriptor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace agilevpn::linux {

FileDescriptor::~FileDescriptor() {
  if (is_open()) ::close(fd_);
}

Error system_error(std::string_view action, std::string_view help) { return system_error(errno, action, help); }

Error system_error(int error_number, std::string_view action, std::string_view help) {
  const bool denied = error_number == EPERM || error_number == EACCES;
  return {.what = fmt::format("cannot {}: {}", action, std::strerror(error_number)),
          .help = help.empty() && denied ? "run it as root, or give it CAP_NET_ADMIN" : std::string(help)};
}

}  // namespace agilevpn::linux
