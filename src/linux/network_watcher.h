// The host's own network by netlink, as snapshots for the mobility room.
//
// Each batch of change messages leads to one reading of all links, addresses and routes, at once and without a delay: the
// kernel does not tell of every route that it drops with a link or an address, so what it says when asked is all that
// counts. That takes a few tenths of a millisecond, and a message lost to a full socket costs nothing.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "linux/event_loop.h"
#include "linux/netlink_socket.h"
#include "mobility/network.h"

namespace agilevpn::linux {

// What the watcher leaves out of its snapshots.
struct OwnTunnel {
  std::vector<std::string> interfaces;
  std::uint32_t route_table = 0;  // 0: none.
};

class NetworkWatcher {
 public:
  using Changed = std::function<void(const mobility::Network&)>;
  using Read = std::function<Result<mobility::Network, int>()>;  // The error is an errno.

  // Hears of changes from now on. `changed` is called from the loop with each snapshot that differs from the one before. A
  // reading that fails is done again until it succeeds.
  static Result<std::unique_ptr<NetworkWatcher>, Error> start(EventLoop& loop, OwnTunnel tunnel, Changed changed);
  // With another way to read the network.
  static Result<std::unique_ptr<NetworkWatcher>, Error> start(EventLoop& loop, Read read, Changed changed);

  const mobility::Network& network() const { return network_; }

 private:
  NetworkWatcher(EventLoop& loop, NetlinkSocket events, mobility::Network network, Read read, Changed changed);
  // Reads everything, and tells if it differs from the snapshot before.
  void refresh();

  NetlinkSocket events_;
  mobility::Network network_;
  Read read_;
  Changed changed_;
  ReadWatch watch_;
  Timer retry_;
};

}  // namespace agilevpn::linux
