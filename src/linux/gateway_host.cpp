#include "linux/gateway_host.h"

#include <fmt/format.h>

#include <algorithm>

#include "linux/sysctl.h"

namespace agilevpn::linux {

Result<GatewayHost, Error> GatewayHost::set_up(const GatewayHostSettings& settings) {
  TRY_ASSIGN(auto network, HostNetwork::open());
  TRY(network.raise(settings.interface, settings.mtu));
  for (const IpAddress& address : settings.addresses)
    TRY(network.add_address(settings.interface, {address, static_cast<std::uint8_t>(address.bits())}));
  GatewayHost host;
  for (const IpPrefix& pool : settings.pools) {
    TRY(network.add_route(settings.interface, pool, RT_TABLE_MAIN));
    TRY(host.forward(pool.address.is_v4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding"));
  }
  return host;
}

Result<void, Error> GatewayHost::forward(const std::string& sysctl) {
  TRY_ASSIGN(const std::string before, read_sysctl(sysctl));
  if (before == "1") return {};
  TRY(write_sysctl(sysctl, "1"));
  changed_.push_back({sysctl, before});
  return {};
}

std::vector<std::string> GatewayHost::notes() const {
  std::vector<std::string> sentences;
  for (const Sysctl& sysctl : changed_) sentences.push_back(fmt::format("{} was {}, now 1", sysctl.name, sysctl.before));
  return sentences;
}

GatewayHost::~GatewayHost() {
  for (const Sysctl& sysctl : changed_) (void)write_sysctl(sysctl.name, sysctl.before);
}

}  // namespace agilevpn::linux
