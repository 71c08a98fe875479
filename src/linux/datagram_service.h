// A UDP socket where anybody may ask: what RADIUS servers' orders take. Not for packets of the tunnel (udp_socket.h).
#pragma once

#include <functional>
#include <memory>

#include "base/address.h"
#include "base/bytes.h"
#include "base/error.h"
#include "linux/event_loop.h"
#include "linux/file_descriptor.h"

namespace agilevpn::linux {

class DatagramService {
 public:
  using Received = std::function<void(const SocketAddress& from, ByteView datagram)>;
  static Result<std::unique_ptr<DatagramService>, Error> open(EventLoop& loop, const SocketAddress& local,
                                                              Received received);

  // What cannot be sent is lost, as on the way.
  void send(const SocketAddress& to, ByteView datagram);

 private:
  DatagramService(EventLoop& loop, FileDescriptor socket, Received received);
  void receive();

  FileDescriptor socket_;
  Received received_;
  ReadWatch watch_;
};

}  // namespace agilevpn::linux
