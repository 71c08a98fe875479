// The packet path: one thread that moves packets between a TUN and the network, and its control panel for the thread
// that runs the IKE engine. No packet waits for the control thread or takes a lock: a new table of SAs is built beside the
// packets, handed over with one exchange of pointers (handover.h), and the old one is freed by the control thread.
//
//   Worker worker{{.now = linux::now}, std::move(tun), std::move(sockets)};        It runs.
//   if (auto ike = worker.poll_ike()) engine.handle_datagram(...);                 While ike_fd() is readable.
//   worker.apply(every engine.poll_sa_change());                                   The next batch uses them.
//   while (auto out = engine.poll_transmit()) worker.send_ike(out->path, out->datagram);
//   for (const auto& report : worker.traffic_reports()) engine.handle_traffic(now, report);
//
// A socket serves the paths whose local address and port it has; native ESP goes by the raw sockets. The TUN's MTU is
// its owner's matter (esp::inner_mtu() of 1500 octets is a good one); where a path takes less, the worker tells senders
// so. A packet that no Child SA covers is dropped, never sent in clear.
//
// All functions may be called by any one thread besides; the destructor stops the worker and closes TUN and sockets.
#pragma once

#include <poll.h>

#include <functional>
#include <thread>

#include "dataplane/handover.h"
#include "dataplane/inbound.h"
#include "dataplane/outbound.h"
#include "dataplane/sa_table.h"

namespace agilevpn::dataplane {

class Worker {
 public:
  struct Settings {
    std::size_t replay_window = esp::default_replay_window;  // Packets.
    std::function<Instant()> now;                            // Called by the worker's thread.
    bool is_router = false;                                  // A gateway: it answers router solicitations.
  };

  Worker(Settings settings, std::unique_ptr<TunDevice> tun, std::vector<std::unique_ptr<DatagramSocket>> sockets);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // All of them as one new table. Fails for a suite that this build cannot do; that change is left out.
  Result<void, Error> apply(std::span<const ike::SaChange> changes);
  Result<void, Error> apply(const ike::SaChange& change) { return apply(std::span{&change, 1}); }

  // Readable while poll_ike() has messages.
  int ike_fd() const { return ike_queue_.fd(); }
  std::optional<ReceivedIke> poll_ike() { return ike_queue_.pop(); }
  // Puts the non-ESP marker before it where the path wants one (RFC 3948 §2.2). False if it could not be sent.
  bool send_ike(const Path& path, ByteView message);
  // One octet 0xff (RFC 3948 §2.3).
  bool send_nat_keepalive(const Path& path);

  // Of every Child SA, first the final figures of those that were removed meanwhile. Also frees what the packet path is done
  // with: call it now and then.
  std::vector<ike::TrafficReport> traffic_reports();
  // Only those that were removed: after apply(), what passed is in them but for a batch that is under way.
  std::vector<ike::TrafficReport> last_reports() { return table_.take_last_reports(); }
  const Counters& counters() const { return counters_; }

 private:
  void run();
  void wait();
  void work();
  bool send_udp(const Path& path, ByteView datagram);

  Settings settings_;
  std::unique_ptr<TunDevice> tun_;
  Sockets sockets_;
  Counters counters_;
  IkeQueue ike_queue_{{.messages = limits::ike_queue_max, .octets = limits::ike_queue_octets}};

  SaTable table_;  // The control thread's own.
  Handover<esp::SaDatabase> database_{esp::SaDatabase{}};

  // From here on the worker thread's own.
  Inbound inbound_;
  Outbound outbound_;
  std::vector<pollfd> waiting_;  // The stop flag, the TUN, then the sockets in their order.
  EventFd stop_;
  std::atomic<bool> is_stopping_ = false;
  std::jthread thread_;
};

}  // namespace agilevpn::dataplane
