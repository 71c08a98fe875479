#include "linux/network_watcher.h"

#include "linux/clock.h"
#include "linux/network_reader.h"

namespace agilevpn::linux {

namespace {

constexpr auto retry_after = 200ms;  // The kernel is out of memory, or changes its tables faster than it can tell them.

}  // namespace

Result<std::unique_ptr<NetworkWatcher>, Error> NetworkWatcher::start(EventLoop& loop, OwnTunnel tunnel,
                                                                     Changed changed) {
  TRY_ASSIGN(auto opened, NetlinkSocket::open());
  const auto queries = std::make_shared<NetlinkSocket>(std::move(opened));
  const auto read = [queries, tunnel = std::move(tunnel)] {
    return read_network(*queries, tunnel.interfaces, tunnel.route_table);
  };
  return start(loop, Read{read}, std::move(changed));
}

Result<std::unique_ptr<NetworkWatcher>, Error> NetworkWatcher::start(EventLoop& loop, Read read, Changed changed) {
  TRY_ASSIGN(auto events, NetlinkSocket::open({RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                               RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE}));
  auto network = read();
  if (!network) return Failure{system_error(network.error(), "read the host's network")};
  return std::unique_ptr<NetworkWatcher>(
      new NetworkWatcher(loop, std::move(events), *std::move(network), std::move(read), std::move(changed)));
}

NetworkWatcher::NetworkWatcher(EventLoop& loop, NetlinkSocket events, mobility::Network network, Read read,
                               Changed changed)
    : events_(std::move(events)),
      network_(std::move(network)),
      read_(std::move(read)),
      changed_(std::move(changed)),
      watch_(loop, events_.fd(),
             [this] {
               if (events_.drain()) refresh();
             }),
      retry_(loop, [this] { refresh(); }) {}

void NetworkWatcher::refresh() {
  auto network = read_();
  if (!network) return retry_.arm(now() + retry_after);
  if (*network == network_) return;
  network_ = *std::move(network);
  changed_(network_);
}

}  // namespace agilevpn::linux
