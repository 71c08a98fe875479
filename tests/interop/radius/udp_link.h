// A UDP socket for the programs of this folder: connected to one server, or bound for whoever comes.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/address.h"
#include "base/check.h"
#include "base/time.h"

namespace agilevpn::interop {

// IPv4 only: it is all that these programs are given.
inline sockaddr_in to_sockaddr(const SocketAddress& address) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(address.port);
  std::ranges::copy(address.address.bytes(), std::as_writable_bytes(std::span{&out.sin_addr, 1}).begin());
  return out;
}

class UdpLink {
 public:
  static UdpLink to(const SocketAddress& server) {
    UdpLink link;
    const sockaddr_in address = to_sockaddr(server);
    CHECK(connect(link.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    return link;
  }
  static UdpLink at(const SocketAddress& ours) {
    UdpLink link;
    const sockaddr_in address = to_sockaddr(ours);
    CHECK(bind(link.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    return link;
  }
  UdpLink(UdpLink&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UdpLink& operator=(UdpLink&&) = delete;
  ~UdpLink() {
    if (fd_ >= 0) close(fd_);
  }

  struct Received {
    SocketAddress from;
    Bytes datagram;
  };
  // Nothing if `longest` passes first.
  std::optional<Received> receive(Duration longest) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::max(longest, Duration{})).count();
    if (poll(&waiting, 1, static_cast<int>(wait)) <= 0) return std::nullopt;
    Received received{.from = {}, .datagram = Bytes(65536)};
    sockaddr_in from{};
    socklen_t size = sizeof(from);
    const ssize_t got =
        recvfrom(fd_, received.datagram.data(), received.datagram.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) return std::nullopt;  // Nobody listens there.
    received.datagram.resize(static_cast<std::size_t>(got));
    received.from = {*IpAddress::from_bytes(std::as_bytes(std::span{&from.sin_addr, 1})), ntohs(from.sin_port)};
    return received;
  }
  void send(ByteView datagram) { (void)!::send(fd_, datagram.data(), datagram.size(), 0); }
  void send_to(const SocketAddress& to, ByteView datagram) {
    const sockaddr_in address = to_sockaddr(to);
    (void)!sendto(fd_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                  sizeof(address));
  }

 private:
  UdpLink() : fd_(socket(AF_INET, SOCK_DGRAM, 0)) { CHECK(fd_ >= 0); }
  int fd_;
};

}  // namespace agilevpn::interop
