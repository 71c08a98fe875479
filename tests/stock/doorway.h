// Where a simulated world meets the real one: a host in it that stands for a real gateway. What simulated clients say
// to it leaves this machine by UDP, and what the gateway answers goes in again.
//
// World's clock must follow the real one: run_for() till linux::now() - start_of_real_world().
#pragma once

#include <poll.h>

#include "base/check.h"
#include "linux/clock.h"
#include "linux/udp_socket.h"
#include "sim/world.h"

namespace agilevpn::sim::stock {

// When a world begins that shows today's date, since a real gateway's certificate is of the real world.
inline Instant start_of_real_world() {
  return linux::now() - std::chrono::duration_cast<Duration>(linux::wall_now() - calendar_start);
}

class Doorway final : public Program {
 public:
  // `host` has the gateway's address. Simulated clients' addresses must be this machine's as well.
  explicit Doorway(Host& host) : host_(host), ike_(open(ike_port)), nat_traversal_(open(nat_traversal_port)) {
    host.run(this);
  }
  ~Doorway() override { host_.run(nullptr); }

  void handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) override {
    CHECK(protocol == Packet::Protocol::Udp);  // Other makers' clients get no ESP of its own from a gateway of ours.
    dataplane::Datagrams out{.path = {.local = path.peer, .peer = path.local},
                             .octets = payload,
                             .segment_size = payload.size(),
                             .may_fragment = true};
    (void)(path.peer.port == ike_port ? ike_ : nat_traversal_)->send(out);
  }
  void handle_timeout() override {}
  std::optional<Instant> poll_timeout() const override { return std::nullopt; }

  // Whatever has come; waits so long for the first.
  void carry(std::chrono::milliseconds patience) {
    pollfd waiting[] = {{.fd = ike_->fd(), .events = POLLIN, .revents = 0},
                        {.fd = nat_traversal_->fd(), .events = POLLIN, .revents = 0}};
    if (poll(waiting, std::size(waiting), static_cast<int>(patience.count())) <= 0) return;
    carry(*ike_);
    carry(*nat_traversal_);
  }

 private:
  static std::unique_ptr<linux::UdpSocket> open(std::uint16_t port) {
    auto socket = linux::UdpSocket::open({.local = {IpAddress::v4(0, 0, 0, 0), port}});
    CHECK(socket);  // Nobody else has the port in the lab.
    return std::move(*socket);
  }

  void carry(linux::UdpSocket& socket) {
    dataplane::ReceivedDatagrams received{.buffer = buffer_};
    while (socket.receive({&received, 1}) > 0)
      for (ByteView left = received.octets; !left.empty();) {
        const std::size_t size = std::min(left.size(), received.segment_size);
        host_.send({.local = received.path.peer, .peer = received.path.local}, Packet::Protocol::Udp, left.first(size));
        left = left.subspan(size);
      }
  }

  Host& host_;
  std::unique_ptr<linux::UdpSocket> ike_, nat_traversal_;
  Bytes buffer_ = Bytes(dataplane::largest_datagram);
};

}  // namespace agilevpn::sim::stock
