#include "linux/gateway_host.h"

#include <algorithm>
#include <iterator>

namespace agilevpn::linux {

Result<GatewayHost, Error> GatewayHost::set_up(const GatewayHostSettings& settings) {
  TRY_ASSIGN(auto network, HostNetwork::open());
  TRY(network.raise(settings.interface, settings.mtu));
  for (const IpAddress& address : settings.addresses)
    TRY(network.add_address(settings.interface, {address, static_cast<std::uint8_t>(address.bits())}));
  GatewayHost host{std::move(network), settings.interface, settings.state};
  for (const IpPrefix& pool : settings.pools) TRY(host.add_network(pool));
  std::vector<IpPrefix> inside = settings.pools;
  std::ranges::copy(settings.networks, std::back_inserter(inside));
  for (const IpPrefix& one : inside)
    TRY(host.sysctls_.set(one.address.is_v4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding", "1"));
  if (settings.masquerades) {
    TRY_ASSIGN(host.masquerade_, Masquerade::set_up(settings.interface, inside));
  }
  return host;
}

Result<void, Error> GatewayHost::add_network(const IpPrefix& network) {
  return network_.add_route(interface_, network, RT_TABLE_MAIN);
}

Result<void, Error> GatewayHost::remove_network(const IpPrefix& network) {
  return network_.remove_route(interface_, network, RT_TABLE_MAIN);
}

}  // namespace agilevpn::linux
