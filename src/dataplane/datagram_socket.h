// The port to the outer network: UDP sockets (IKE, and ESP in UDP) and raw ESP sockets, in batches. linux/udp_socket.h
// and linux/raw_esp_socket.h are the real ones, memory_socket.h the twin for tests.
#pragma once

#include <optional>
#include <span>

#include "base/address.h"

namespace agilevpn::dataplane {

inline constexpr std::size_t largest_datagram = 65535;

// A buffer with datagrams that came together on one path (UDP_GRO): of segment_size octets each, the last may be
// shorter.
struct ReceivedDatagrams {
  MutableByteView buffer;  // The receiver's; not changed by receive().
  MutableByteView octets;  // In `buffer`.
  std::size_t segment_size = 0;
  Path path;
  std::uint8_t traffic_class = 0;
};

// Datagrams for one path, side by side: of segment_size octets each, the last may be shorter.
struct Datagrams {
  Path path;
  ByteView octets;
  std::size_t segment_size = 0;
  std::uint8_t traffic_class = 0;
  bool may_fragment = false;  // Outer fragments rather than TooBig: for IKE, and inner packets that must get through.
};

enum class SendOutcome : std::uint8_t {
  Sent,
  WouldBlock,  // The send buffer is full: again when fd() is writable.
  TooBig,      // The path's MTU is smaller.
  Failed,      // No route, no such source address, a firewall: as good as lost on the way.
};

class DatagramSocket {
 public:
  enum class Kind : std::uint8_t { Udp, Esp };

  virtual ~DatagramSocket() = default;
  virtual Kind kind() const = 0;
  // Ours: a family, one address or the unspecified one for all, and a port; 0 for Kind::Esp.
  virtual SocketAddress local() const = 0;
  virtual int fd() const = 0;  // To wait for datagrams, or for room to send.

  // Fills as many as there are datagrams waiting, and returns how many. Never blocks.
  virtual std::size_t receive(std::span<ReceivedDatagrams> batch) = 0;
  // Sends from path.local and, if it is not 0, out of path.interface. Takes what was sent off the front of `datagrams`.
  // Never blocks. Any thread.
  virtual SendOutcome send(Datagrams& datagrams) = 0;
  // The MTU of the outer packets on a path, as the system knows it. A rare question.
  virtual std::optional<std::size_t> path_mtu(const Path& path) = 0;
};

}  // namespace agilevpn::dataplane
