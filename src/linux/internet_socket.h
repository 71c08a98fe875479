// What UDP and raw ESP sockets have in common: batches in and out, each datagram with its path.
//
// Outer packets have DF set (IP_PMTUDISC_DO), so that the kernel says TooBig instead of making fragments; only
// Datagrams that say so are fragmented. send() may be called by two threads: those that fragment wait for each other, and for
// a moment the other one's packets may lack DF, which is harmless.
#pragma once

#include <atomic>
#include <mutex>

#include "dataplane/datagram_socket.h"
#include "linux/file_descriptor.h"
#include "linux/socket_message.h"

namespace agilevpn::linux {

struct SocketOptions {
  SocketAddress local;        // The unspecified address takes all of its family; UDP port 0 takes any free one.
  std::uint32_t mark = 0;     // SO_MARK, for policy routing (host_network.h: outer_mark).
  int buffer_size = 4 << 20;  // Octets each way: the default overflows while the worker waits for its turn.
};

class InternetSocket : public dataplane::DatagramSocket {
 public:
  Kind kind() const override { return kind_; }
  SocketAddress local() const override { return local_; }
  int fd() const override { return socket_.get(); }
  std::size_t receive(std::span<dataplane::ReceivedDatagrams> batch) override;
  dataplane::SendOutcome send(dataplane::Datagrams& datagrams) override;
  std::optional<std::size_t> path_mtu(const Path& path) override;

 protected:
  InternetSocket(Kind kind, FileDescriptor socket, const SocketOptions& options)
      : kind_(kind), socket_(std::move(socket)), local_(options.local), mark_(options.mark) {}
  // What every socket is set to; then it is bound.
  Result<void, Error> set_up(const SocketOptions& options);
  bool set(int level, int option, int value);

 private:
  dataplane::SendOutcome send_segmented(dataplane::Datagrams& datagrams);
  dataplane::SendOutcome send_each(dataplane::Datagrams& datagrams);
  void allow_fragments(bool allow);

  Kind kind_;
  FileDescriptor socket_;
  SocketAddress local_;
  std::uint32_t mark_;
  std::mutex fragmenting_;  // The option is the socket's, not the datagram's: one at a time. No other send takes it.
  static constexpr std::uint32_t none_refused = 0xffffffff;
  std::atomic<std::uint32_t> refused_interface_ = none_refused;  // The last one that took no UDP_SEGMENT.
};

}  // namespace agilevpn::linux
