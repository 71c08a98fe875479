#include "linux/raw_esp_socket.h"

#include <netinet/in.h>

namespace agilevpn::linux {

Result<std::unique_ptr<RawEspSocket>, Error> RawEspSocket::open(const SocketOptions& options) {
  const int family = options.local.address.is_v4() ? AF_INET : AF_INET6;
  FileDescriptor descriptor{::socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ESP)};
  if (!descriptor.is_open())
    return Failure{system_error("open a raw ESP socket", "run it as root, or give it CAP_NET_RAW")};
  SocketOptions without_port = options;
  without_port.local.port = 0;
  std::unique_ptr<RawEspSocket> socket{new RawEspSocket{Kind::Esp, std::move(descriptor), without_port}};
  TRY(socket->set_up(without_port));
  return socket;
}

}  // namespace agilevpn::linux
