#include "linux/network_watcher.h"

#include "linux/network_reader.h"

namespace agilevpn::linux {

Result<std::unique_ptr<NetworkWatcher>, Error> NetworkWatcher::start(EventLoop& loop, OwnTunnel tunnel, Changed changed) {
  TRY_ASSIGN(auto events, NetlinkSocket::open({RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
                                               RTNLGRP_IPV6_ROUTE}));
  TRY_ASSIGN(auto queries, NetlinkSocket::open());
  return std::unique_ptr<NetworkWatcher>(
      new NetworkWatcher(loop, std::move(events), std::move(queries), std::move(tunnel), std::move(changed)));
}

NetworkWatcher::NetworkWatcher(EventLoop& loop, NetlinkSocket events, NetlinkSocket queries, OwnTunnel tunnel,
                               Changed changed)
    : events_(std::move(events)),
      queries_(std::move(queries)),
      tunnel_(std::move(tunnel)),
      changed_(std::move(changed)),
      watch_(loop, events_.fd(), [this] { handle_events(); }) {
  refresh();
}

void NetworkWatcher::handle_events() {
  if (events_.drain() && refresh()) changed_(network_);
}

bool NetworkWatcher::refresh() {
  auto network = read_network(queries_, tunnel_.interfaces, tunnel_.route_table);
  if (!network || *network == network_) return false;
  network_ = *std::move(network);
  return true;
}

}  // namespace agilevpn::linux
