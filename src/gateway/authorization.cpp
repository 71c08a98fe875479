#include "gateway/authorization.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace agilevpn::gateway {

std::string method_name(eap::Type type) {
  if (type == eap::Type::MsChapV2) return "eap-mschapv2";
  if (type == eap::Type::Tls) return "eap-tls";
  if (type == eap::Type::Ttls) return "eap-ttls";
  if (type == eap::Type::Peap) return "peap";
  if (type == eap::Type::Gtc) return "eap-gtc";
  return eap::to_string(type);
}

std::vector<eap::Type> offered_methods(const Config& config, const std::vector<std::string>& wanted) {
  std::vector<eap::Type> offered = config.eap_methods;
  if (!wanted.empty())
    std::erase_if(offered, [&](eap::Type type) { return std::ranges::count(wanted, method_name(type)) == 0; });
  return offered;
}

std::vector<eap::Type> offered_inside(const Config& config, eap::Type outer, const std::vector<std::string>& wanted) {
  std::vector<eap::Type> offered{eap::Type::MsChapV2, eap::Type::Gtc, eap::Type::Tls};
  const bool takes_gtc =
      outer == eap::Type::Ttls || std::ranges::count(offered_methods(config, wanted), eap::Type::Gtc) > 0;
  if (!takes_gtc) std::erase(offered, eap::Type::Gtc);
  return offered;
}

const ConnectionRule& rule_named(const Config& config, std::string_view name) {
  const auto named = std::ranges::find(config.rules, name, &ConnectionRule::name);
  return named == config.rules.end() ? config.rules.back() : *named;
}

const std::vector<IpPrefix>& routes_of(const Config& config, const Group& group) {
  return group.routes.empty() ? rule_named(config, group.name).routes : group.routes;
}

const FirewallRules& firewall_of(const Config& config, const Group& group) {
  return group.firewall.empty() ? rule_named(config, group.name).firewall : group.firewall;
}

ConnectionRule with_group(const Config& config, const ConnectionRule& login, const Group& group) {
  const ConnectionRule& configured = rule_named(config, login.name);
  const ConnectionRule& own = rule_named(config, group.name);
  const auto choose = [&](auto ConnectionRule::* item, const auto& said) {
    if (login.*item != configured.*item) return login.*item;
    return said.empty() ? own.*item : said;
  };
  ConnectionRule rule{.name = group.name, .certificate = {}, .psk_users = {}};
  rule.routes = choose(&ConnectionRule::routes, group.routes);
  rule.pools = choose(&ConnectionRule::pools, group.pools);
  rule.dns = choose(&ConnectionRule::dns, group.dns);
  rule.domains = choose(&ConnectionRule::domains, group.domains);
  rule.nbns = own.nbns;
  rule.from = own.from;
  rule.methods = group.methods.empty() ? own.methods : group.methods;
  rule.devices_max = group.devices_max ? group.devices_max : own.devices_max;
  rule.firewall = firewall_of(config, group);
  rule.framed_ipv4 = login.framed_ipv4;
  rule.framed_ipv6 = login.framed_ipv6;
  rule.networks = login.networks;
  rule.session_timeout = login.session_timeout;
  if (login.idle_timeout != configured.idle_timeout)
    rule.idle_timeout = login.idle_timeout;
  else
    rule.idle_timeout = group.idle_timeout ? group.idle_timeout : own.idle_timeout;
  return rule;
}

std::optional<Objection> objection_to(const std::string& method, const std::optional<IpAddress>& from,
                                      const ConnectionRule& rule) {
  if (!rule.methods.empty() && std::ranges::count(rule.methods, method) == 0)
    return Objection{.why = fmt::format("it logged in by {}, and {} takes only {}", method, rule.title(),
                                        fmt::join(rule.methods, ", ")),
                     .cause = Refusal::MethodOfGroup,
                     .group_fault = GroupFault{.group = rule.name, .methods = rule.methods, .method = method}};
  const auto contains = [&](const IpPrefix& network) { return network.contains(*from); };
  if (!from || rule.from.empty() || std::ranges::any_of(rule.from, contains)) return std::nullopt;
  std::vector<std::string> networks;
  for (const IpPrefix& network : rule.from) networks.push_back(network.to_string());
  return Objection{fmt::format("it came from {}, and {} is let in only from {}", from->to_string(), rule.title(),
                               fmt::join(networks, ", ")),
                   Refusal::FromOfGroup};
}

}  // namespace agilevpn::gateway
