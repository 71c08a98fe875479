#include "linux/datagram_service.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>

#include "linux/socket_message.h"

namespace agilevpn::linux {

Result<std::unique_ptr<DatagramService>, Error> DatagramService::open(EventLoop& loop, const SocketAddress& local,
                                                                      Received received) {
  const int family = local.address.is_v4() ? AF_INET : AF_INET6;
  FileDescriptor socket{::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return Failure{system_error("open a UDP socket")};
  const KernelAddress at = KernelAddress::of(local);
  if (::bind(socket.get(), at.pointer(), at.size) != 0)
    return Failure{system_error(fmt::format("listen on UDP {}", local.to_string()))};
  return std::unique_ptr<DatagramService>{new DatagramService(loop, std::move(socket), std::move(received))};
}

DatagramService::DatagramService(EventLoop& loop, FileDescriptor socket, Received received)
    : socket_(std::move(socket)), received_(std::move(received)), watch_(loop, socket_.get(), [this] { receive(); }) {}

void DatagramService::send(const SocketAddress& to, ByteView datagram) {
  const KernelAddress peer = KernelAddress::of(to);
  static_cast<void>(::sendto(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL, peer.pointer(), peer.size));
}

void DatagramService::receive() {
  std::array<std::byte, 4096> buffer;  // RFC 2865 §3
  KernelAddress from;
  from.size = sizeof from.storage;
  const auto size = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, from.pointer(), &from.size);
  if (size >= 0) received_(from.to_socket_address(), ByteView{buffer}.first(static_cast<std::size_t>(size)));
}

}  // namespace agilevpn::linux
