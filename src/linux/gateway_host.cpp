#include "linux/gateway_host.h"

namespace agilevpn::linux {

Result<GatewayHost, Error> GatewayHost::set_up(const GatewayHostSettings& settings) {
  TRY_ASSIGN(auto network, HostNetwork::open());
  TRY(network.raise(settings.interface, settings.mtu));
  for (const IpAddress& address : settings.addresses)
    TRY(network.add_address(settings.interface, {address, static_cast<std::uint8_t>(address.bits())}));
  GatewayHost host{settings.state};
  for (const IpPrefix& pool : settings.pools) {
    TRY(network.add_route(settings.interface, pool, RT_TABLE_MAIN));
    TRY(host.sysctls_.set(pool.address.is_v4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding", "1"));
  }
  if (settings.masquerades) {
    TRY_ASSIGN(host.masquerade_, Masquerade::set_up(settings.interface, settings.pools));
  }
  return host;
}

}  // namespace agilevpn::linux
