// A raw socket for ESP without UDP (IP protocol 50, RFC 4303 §2), where no NAT lies between. Needs CAP_NET_RAW.
#pragma once

#include <memory>

#include "linux/internet_socket.h"

namespace agilevpn::linux {

class RawEspSocket final : public InternetSocket {
 public:
  static Result<std::unique_ptr<RawEspSocket>, Error> open(const SocketOptions& options);

 private:
  using InternetSocket::InternetSocket;
};

}  // namespace agilevpn::linux
