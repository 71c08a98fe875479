#include "gateway/granted_rule.h"

#include <algorithm>

#include "gateway/authorization.h"
#include "gateway/framed_route.h"

namespace agilevpn::gateway {

std::optional<IpAddress> framed_ipv6_of(const radius::Grant& granted) {
  if (granted.framed_ipv6 || granted.framed_ipv6_prefixes.empty()) return granted.framed_ipv6;
  const IpPrefix& prefix = granted.framed_ipv6_prefixes.front();
  return prefix.length == prefix.address.bits() ? prefix.address : prefix.first().plus(1);
}

std::string_view group_of(const radius::Grant& granted, const std::vector<ConnectionRule>& rules) {
  const auto names = [&](std::string_view said) {
    if (said.starts_with("OU=")) said.remove_prefix(3);
    if (said.ends_with(';')) said.remove_suffix(1);
    const auto rule = std::ranges::find(rules, said, &ConnectionRule::name);
    return rule == rules.end() ? std::string_view{} : std::string_view{rule->name};
  };
  for (const std::string& filter : granted.filter_ids)
    if (const auto name = names(filter); !name.empty()) return name;
  for (const Bytes& value : granted.classes)
    if (const auto name = names(to_text(value)); !name.empty()) return name;
  return {};
}

Result<std::shared_ptr<const ConnectionRule>, std::string> with_grant(const Config& config, std::string_view group,
                                                                      const radius::Grant& granted) {
  auto own = std::make_shared<ConnectionRule>(rule_named(config, group));
  TRY_ASSIGN(auto routes, sort_routes(config, granted));
  if (!granted.dns.empty()) own->dns = granted.dns;
  if (!routes.reachable.empty()) own->routes = std::move(routes.reachable);
  own->networks = std::move(routes.behind);
  own->framed_ipv4 = granted.framed_ip;
  own->framed_ipv6 = framed_ipv6_of(granted);
  if (granted.session_timeout) own->session_timeout = *granted.session_timeout;
  if (granted.idle_timeout) own->idle_timeout = *granted.idle_timeout;
  return own;
}

}  // namespace agilevpn::gateway
