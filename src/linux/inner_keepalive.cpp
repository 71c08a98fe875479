#include "linux/inner_keepalive.h"

#include "linux/file_descriptor.h"
#include "linux/socket_message.h"

namespace agilevpn::linux {

void send_octet(const IpAddress& from, const IpAddress& to) {
  constexpr std::uint16_t discard = 9;
  const KernelAddress own = KernelAddress::of({from, 0}), peer = KernelAddress::of({to, discard});
  const FileDescriptor socket{::socket(own.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (socket.get() < 0 || ::bind(socket.get(), own.pointer(), own.size) != 0) return;
  static_cast<void>(::sendto(socket.get(), "", 1, 0, peer.pointer(), peer.size));
}

}  // namespace agilevpn::linux
