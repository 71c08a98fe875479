// A UDP socket for IKE and ESP in UDP (RFC 3948), with segmentation offload both ways (UDP_SEGMENT, UDP_GRO).
#pragma once

#include <memory>

#include "linux/internet_socket.h"

namespace agilevpn::linux {

class UdpSocket final : public InternetSocket {
 public:
  // Fails when the port is taken, the address is not ours, or the system does not do the family.
  static Result<std::unique_ptr<UdpSocket>, Error> open(const SocketOptions& options);

 private:
  using InternetSocket::InternetSocket;
};

}  // namespace agilevpn::linux
