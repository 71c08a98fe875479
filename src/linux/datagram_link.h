// A UDP socket towards one server: what RADIUS takes. Not for packets of the tunnel (udp_socket.h).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/address.h"
#include "linux/event_loop.h"
#include "linux/file_descriptor.h"

namespace agilevpn::linux {

class DatagramLink {
 public:
  // `received` is called for each datagram that comes from the server; `refused` when the system says that it is not there.
  static Result<std::unique_ptr<DatagramLink>, Error> open(EventLoop& loop, const SocketAddress& server,
                                                           std::function<void(ByteView)> received,
                                                           std::function<void(std::string)> refused);
  // What cannot be sent is lost, as on the way; what the system says of it is told by `refused`, later.
  void send(ByteView datagram);

 private:
  DatagramLink(EventLoop& loop, FileDescriptor socket, std::function<void(ByteView)> received,
               std::function<void(std::string)> refused);
  void receive();

  FileDescriptor socket_;
  std::function<void(ByteView)> received_;
  std::function<void(std::string)> refused_;
  ReadWatch watch_;
};

}  // namespace agilevpn::linux
