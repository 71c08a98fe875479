#include "linux/udp_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>

namespace agilevpn::linux {

Result<std::unique_ptr<UdpSocket>, Error> UdpSocket::open(const SocketOptions& options) {
  const int family = options.local.address.is_v4() ? AF_INET : AF_INET6;
  FileDescriptor descriptor{::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!descriptor.is_open()) return Failure{system_error("open a UDP socket")};
  std::unique_ptr<UdpSocket> socket{new UdpSocket{Kind::Udp, std::move(descriptor), options}};
  TRY(socket->set_up(options));
  socket->set(IPPROTO_UDP, UDP_GRO, 1);  // Linux 5.0; without it datagrams come one by one.
  return socket;
}

}  // namespace agilevpn::linux
