// A gateway's sockets towards its RADIUS servers, opened as its clients ask for them: UDP, or TLS (RFC 6614).
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "control/config/radius_keys.h"
#include "gateway/gateway.h"
#include "linux/datagram_link.h"
#include "linux/datagram_service.h"
#include "linux/tls_link.h"
#include "radius/packet_stream.h"

namespace agilevpn::daemon {

class RadiusLinks {
 public:
  // `changed` is called after the gateway was told something. All outlive this.
  RadiusLinks(linux::EventLoop& loop, control::config::RadiusHost host, gateway::Gateway& gateway,
              std::function<void()> changed)
      : loop_(loop), host_(std::move(host)), gateway_(gateway), changed_(std::move(changed)) {}

  // Reads the files of TLS and listens for orders.
  Result<void, Error> open();
  // Sends all that the gateway has for its servers, answers to their orders too.
  void pump();

 private:
  struct Link {
    std::unique_ptr<linux::DatagramLink> datagrams;
    std::unique_ptr<linux::TlsLink> tls;
    radius::PacketStream stream;  // Of tls.
  };

  const SocketAddress& server_of(const gateway::RadiusChannel& channel) const;
  void send(const gateway::RadiusTransmit& transmit);
  Result<void, Error> open_datagrams(const gateway::RadiusChannel& channel, Link& link);
  void open_tls(const gateway::RadiusChannel& channel, Link& link);
  void send(const radius::DynamicAuthorization::Transmit& answer);
  void handle_packet(const gateway::RadiusChannel& channel, ByteView packet);
  // Origin::way of what comes by it.
  std::size_t way_of(const gateway::RadiusChannel& channel);
  void handle_octets(const gateway::RadiusChannel& channel, ByteView octets);
  void handle_end(const gateway::RadiusChannel& channel, const std::string& why);
  void refuse(const gateway::RadiusChannel& channel, const std::string& why);

  linux::EventLoop& loop_;
  control::config::RadiusHost host_;
  gateway::Gateway& gateway_;
  std::function<void()> changed_;
  std::shared_ptr<linux::TlsContext> tls_;
  std::map<gateway::RadiusChannel, Link> links_;
  std::vector<std::unique_ptr<linux::DatagramService>> orders_;
  std::vector<gateway::RadiusChannel> ways_;  // That orders came by over TLS.
};

}  // namespace agilevpn::daemon
