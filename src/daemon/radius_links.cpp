#include "daemon/radius_links.h"

#include "linux/clock.h"

namespace agilevpn::daemon {

void RadiusLinks::send(const radius::Transmit& transmit) {
  const radius::Channel channel = transmit.channel;
  auto& link = links_[channel];
  if (!link) {
    auto opened = linux::DatagramLink::open(
        loop_, servers_.at(channel.server),
        [this, channel](ByteView datagram) {
          gateway_.handle_radius_datagram(linux::now(), channel, datagram);
          changed_();
        },
        [this, channel](const std::string& why) {
          gateway_.handle_radius_refusal(linux::now(), channel.server, why);
          changed_();
        });
    if (!opened) return gateway_.handle_radius_refusal(linux::now(), channel.server, opened.error().to_string());
    link = *std::move(opened);
  }
  link->send(transmit.datagram);
}

}  // namespace agilevpn::daemon
