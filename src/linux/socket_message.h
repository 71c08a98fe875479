// A datagram's envelope as sendmsg() and recvmsg() want it: peer's address, ours, interface, traffic class, segment
// size.
#pragma once

#include <sys/socket.h>

#include <array>

#include "dataplane/datagram_socket.h"

namespace agilevpn::linux {

// As the kernel knows a SocketAddress.
struct KernelAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  static KernelAddress of(const SocketAddress& address);
  SocketAddress to_socket_address() const;
  sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* pointer() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Does not move while a msghdr points into it.
class SocketMessage {
 public:
  SocketMessage() = default;
  SocketMessage(const SocketMessage&) = delete;
  SocketMessage& operator=(const SocketMessage&) = delete;

  // For sendmsg(): with `segment_size` (UDP_SEGMENT) if it is not 0. A port of 0 is right for raw sockets.
  msghdr outgoing(const Path& path, std::uint8_t traffic_class, std::size_t segment_size);
  // For recvmsg() into `buffer`.
  msghdr incoming(MutableByteView buffer);
  // What recvmsg() said of `size` octets at the start of datagrams.buffer. False if it is not whole.
  bool read(const msghdr& message, std::size_t size, std::uint16_t local_port,
            dataplane::ReceivedDatagrams& datagrams) const;

 private:
  template <class T>
  void add(msghdr& message, int level, int type, const T& value);

  KernelAddress peer_;
  iovec part_{};
  alignas(cmsghdr) std::array<std::byte, 256> control_{};
};

}  // namespace agilevpn::linux
