// Where packets go: the tunnel's interface, the outer sockets, and the worker that moves packets between them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ike/endpoint.h"
#include "linux/event_loop.h"

namespace agilevpn::daemon {

struct PacketPathSettings {
  std::string interface;
  // A client has one port, 4500 or, where that is taken, any: to its role it is 4500 all the same. A gateway has 500 and
  // 4500, and both must be free.
  bool is_client = false;
  std::vector<IpAddress> listen;       // Empty: every address.
  std::uint32_t replay_window = 1024;  // Packets.
};

class PacketPath {
 public:
  using HandleIke = std::function<void(const Path&, ByteView message)>;

  // Makes the interface. `handle` is called from the loop with each IKE message.
  static Result<std::unique_ptr<PacketPath>, Error> open(linux::EventLoop& loop, const PacketPathSettings& settings,
                                                         HandleIke handle);
  ~PacketPath();

  // What cannot be sent is lost, as on the way.
  void send_ike(const ike::Transmit& transmit);
  void send_keepalive(const Path& path);
  Result<void, Error> apply(std::vector<ike::SaChange> changes);
  // Of every Child SA.
  std::vector<ike::TrafficReport> traffic();
  // The final figures of those that were removed since this or traffic() was called.
  std::vector<ike::TrafficReport> last_traffic();
  // Packets that went no further, by the reason; only reasons that there were.
  std::map<std::string, std::uint64_t> drops() const;

 private:
  struct State;
  explicit PacketPath(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agilevpn::daemon
