#include "gateway/config.h"

namespace agilevpn::gateway {

ConnectionRule ConnectionRule::copy() const {
  ConnectionRule other{.name = name, .certificate = certificate, .revocation = revocation, .psk_users = {}, .routes = routes, .pools = pools, .dns = dns,
                       .domains = domains, .nbns = nbns, .from = from, .methods = methods, .devices_max = devices_max, .firewall = firewall, .framed_ipv4 = framed_ipv4, .framed_ipv6 = framed_ipv6, .networks = networks,
                       .session_timeout = session_timeout, .idle_timeout = idle_timeout};
  for (const PskUser& user : psk_users) other.psk_users.push_back({user.identity, user.psk.copy()});
  return other;
}

}  // namespace agilevpn::gateway
