// A gateway's sockets towards its RADIUS servers, opened as its client asks for them.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "gateway/gateway.h"
#include "linux/datagram_link.h"

namespace agilevpn::daemon {

class RadiusLinks {
 public:
  // `changed` is called after the gateway was told something. All outlive this.
  RadiusLinks(linux::EventLoop& loop, std::vector<SocketAddress> servers, gateway::Gateway& gateway, std::function<void()> changed)
      : loop_(loop), servers_(std::move(servers)), gateway_(gateway), changed_(std::move(changed)) {}

  void send(const radius::Transmit& transmit);

 private:
  linux::EventLoop& loop_;
  std::vector<SocketAddress> servers_;  // In the order of gateway::Config::radius.
  gateway::Gateway& gateway_;
  std::function<void()> changed_;
  std::map<radius::Channel, std::unique_ptr<linux::DatagramLink>> links_;
};

}  // namespace agilevpn::daemon
