#include "linux/datagram_link.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "linux/socket_message.h"

namespace agilevpn::linux {

Result<std::unique_ptr<DatagramLink>, Error> DatagramLink::open(EventLoop& loop, const SocketAddress& server,
                                                                std::function<void(ByteView)> received,
                                                                std::function<void(std::string)> refused) {
  const int family = server.address.is_v4() ? AF_INET : AF_INET6;
  FileDescriptor socket{::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return Failure{system_error("open a UDP socket")};
  const KernelAddress to = KernelAddress::of(server);
  if (::connect(socket.get(), to.pointer(), to.size) != 0)
    return Failure{system_error(fmt::format("send to {}", server.to_string()))};
  return std::unique_ptr<DatagramLink>{
      new DatagramLink(loop, std::move(socket), std::move(received), std::move(refused))};
}

DatagramLink::DatagramLink(EventLoop& loop, FileDescriptor socket, std::function<void(ByteView)> received,
                           std::function<void(std::string)> refused)
    : socket_(std::move(socket)),
      received_(std::move(received)),
      refused_(std::move(refused)),
      watch_(loop, socket_.get(), [this] { receive(); }) {}

void DatagramLink::send(ByteView datagram) {
  static_cast<void>(::send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL));
}

void DatagramLink::receive() {
  std::array<std::byte, 4096> buffer;  // RFC 2865 §3
  const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size >= 0) return received_(ByteView{buffer}.first(static_cast<std::size_t>(size)));
  if (errno != EAGAIN && errno != EINTR) refused_(std::generic_category().message(errno));
}

}  // namespace agilevpn::linux
