#include "gateway/granted_rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/authorization.h"
#include "gateway/framed_route.h"

namespace agilevpn::gateway {

namespace {

std::string_view group_in(std::string_view said) {
  if (said.starts_with("OU=")) said.remove_prefix(3);
  if (said.ends_with(';')) said.remove_suffix(1);
  return said;
}

auto find_rule(const std::vector<ConnectionRule>& rules, std::string_view name) {
  return std::ranges::find(rules, name, &ConnectionRule::name);
}

// From anywhere else no packet would find its way back to the client, and would leave in clear.
Result<void, std::string> check_framed(const Config& config, const std::optional<IpAddress>& framed) {
  const auto has = [&](const IpPrefix& prefix) { return prefix.contains(*framed); };
  if (!framed || std::ranges::any_of(config.pools, has, &PoolConfig::prefix) ||
      std::ranges::any_of(config.framed_networks, has))
    return {};
  return Failure{
      fmt::format("{} lies in no pool, and in no prefix that `framed` under [radius] names", framed->to_string())};
}

}  // namespace

std::optional<IpAddress> framed_ipv6_of(const radius::Grant& granted) {
  if (granted.framed_ipv6 || granted.framed_ipv6_prefixes.empty()) return granted.framed_ipv6;
  const IpPrefix& prefix = granted.framed_ipv6_prefixes.front();
  return prefix.length == prefix.address.bits() ? prefix.address : prefix.first().plus(1);
}

std::vector<std::string> groups_named(const radius::Grant& granted, const std::vector<ConnectionRule>& rules) {
  std::vector<std::string> named;
  for (const std::string& filter : granted.filter_ids) named.emplace_back(group_in(filter));
  for (const Bytes& value : granted.classes) named.emplace_back(group_in(to_text(value)));
  const auto first =
      std::ranges::find_if(named, [&](const std::string& name) { return find_rule(rules, name) != rules.end(); });
  if (first != named.end()) named.erase(first + 1, named.end());
  return named;
}

std::string_view group_of(const radius::Grant& granted, const std::vector<ConnectionRule>& rules) {
  const auto named = groups_named(granted, rules);
  const auto rule = named.empty() ? rules.end() : find_rule(rules, named.back());
  return rule == rules.end() ? std::string_view{} : std::string_view{rule->name};
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
  for (const auto& framed : {own->framed_ipv4, own->framed_ipv6}) TRY(check_framed(config, framed));
  if (granted.session_timeout) own->session_timeout = *granted.session_timeout;
  if (granted.idle_timeout) own->idle_timeout = *granted.idle_timeout;
  return own;
}

}  // namespace agilevpn::gateway
