#include "linux/host_lock.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "base/check.h"

namespace agilevpn::linux {

// An abstract Unix socket: the kernel frees its name when the process dies, however that happens, and a network namespace
// has names of its own (unix(7)).
Result<HostLock, Error> HostLock::take(std::string_view name) {
  FileDescriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return Failure{system_error("open a Unix socket")};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string whole = fmt::format("agilevpnd.{}", name);
  CHECK(whole.size() + 1 < sizeof address.sun_path);
  std::ranges::copy(whole, address.sun_path + 1);  // After a zero.
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + whole.size());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) return HostLock(std::move(socket));
  if (errno == EADDRINUSE)
    return Failure{Error{fmt::format("another agilevpnd is this host's {} already", name), "stop it first"}};
  return Failure{system_error("take the host's lock")};
}

}  // namespace agilevpn::linux
