#include "daemon/radius_links.h"

#include <algorithm>
#include <utility>

#include "linux/clock.h"

namespace agilevpn::daemon {

using gateway::RadiusChannel;

Result<void, Error> RadiusLinks::open() {
  if (host_.tls) {
    const auto& tls = *host_.tls;
    TRY_ASSIGN(tls_, linux::TlsContext::load({tls.ca, tls.certificate, tls.key, tls.server_name}));
  }
  for (const SocketAddress& local : host_.orders) {
    TRY_ASSIGN(auto service,
               linux::DatagramService::open(loop_, local,
                                            [this, at = orders_.size()](const SocketAddress& from, ByteView datagram) {
                                              gateway_.handle_order(linux::now(), {from, at}, datagram);
                                              changed_();
                                            }));
    orders_.push_back(std::move(service));
  }
  return {};
}

void RadiusLinks::pump() {
  while (const auto transmit = gateway_.poll_radius_transmit()) send(*transmit);
  while (const auto answer = gateway_.poll_order_answer()) send(*answer);
}

const SocketAddress& RadiusLinks::server_of(const RadiusChannel& channel) const {
  const bool is_login = channel.purpose == RadiusChannel::Purpose::Logins;
  return (is_login ? host_.servers : host_.accounting_servers).at(channel.channel.server);
}

void RadiusLinks::send(const gateway::RadiusTransmit& transmit) {
  Link& link = links_[transmit.channel];
  if (tls_) {
    if (!link.tls) open_tls(transmit.channel, link);
    return link.tls->send(transmit.datagram);
  }
  if (!link.datagrams) {
    if (const auto opened = open_datagrams(transmit.channel, link); !opened)
      return gateway_.handle_radius_refusal(linux::now(), transmit.channel, opened.error().to_string());
  }
  link.datagrams->send(transmit.datagram);
}

Result<void, Error> RadiusLinks::open_datagrams(const RadiusChannel& channel, Link& link) {
  TRY_ASSIGN(link.datagrams, linux::DatagramLink::open(
                                 loop_, server_of(channel),
                                 [this, channel](ByteView datagram) {
                                   gateway_.handle_radius_datagram(linux::now(), channel, datagram);
                                   changed_();
                                 },
                                 [this, channel](const std::string& why) { refuse(channel, why); }));
  return {};
}

void RadiusLinks::open_tls(const RadiusChannel& channel, Link& link) {
  link.tls = std::make_unique<linux::TlsLink>(
      loop_, tls_, server_of(channel),
      linux::TlsLink::Handlers{.received = [this, channel](ByteView octets) { handle_octets(channel, octets); },
                               .unreachable = [this, channel](const std::string& why) { refuse(channel, why); },
                               .ended = [this, channel](const std::string& why) { handle_end(channel, why); }});
}

void RadiusLinks::handle_octets(const RadiusChannel& channel, ByteView octets) {
  Link& link = links_.at(channel);
  link.stream.handle_octets(octets);
  while (true) {
    const auto packet = link.stream.poll_packet();
    if (!packet) {  // RFC 6613 §2.6.4: where the next packet begins nobody knows.
      link.tls.reset();
      return handle_end(channel, "the server sent what is no RADIUS packet: " + packet.error().to_string());
    }
    if (!*packet) break;
    handle_packet(channel, **packet);
  }
  changed_();
}

// Orders count from those who decide on logins, and not from a server that is only told of sessions.
void RadiusLinks::handle_packet(const RadiusChannel& channel, ByteView packet) {
  const SocketAddress& server = server_of(channel);
  if (radius::is_order(packet) && std::ranges::count(host_.servers, server) > 0)
    return gateway_.handle_order(linux::now(), {server, way_of(channel), true}, packet);
  gateway_.handle_radius_datagram(linux::now(), channel, packet);
}

std::size_t RadiusLinks::way_of(const RadiusChannel& channel) {
  const auto known = std::ranges::find(ways_, channel);
  if (known != ways_.end()) return static_cast<std::size_t>(known - ways_.begin());
  ways_.push_back(channel);
  return ways_.size() - 1;
}

void RadiusLinks::send(const radius::DynamicAuthorization::Transmit& answer) {
  if (!answer.to.is_radsec) return orders_.at(answer.to.way)->send(answer.to.from, answer.datagram);
  if (const Link& link = links_.at(ways_.at(answer.to.way)); link.tls) link.tls->send(answer.datagram);
}

void RadiusLinks::handle_end(const RadiusChannel& channel, const std::string& why) {
  links_.at(channel).stream = {};
  gateway_.handle_radius_disconnect(linux::now(), channel, why);
  changed_();
}

void RadiusLinks::refuse(const RadiusChannel& channel, const std::string& why) {
  links_.at(channel).stream = {};
  gateway_.handle_radius_refusal(linux::now(), channel, why);
  changed_();
}

}  // namespace agilevpn::daemon
