#include "linux/tunnel_host.h"

#include <algorithm>
#include <utility>

namespace agilevpn::linux {

namespace {

constexpr std::array families = {Family::V4, Family::V6};
constexpr std::array verdicts = {std::pair{Verdict::Unreachable, &client::TunnelUp::blocked},
                                 std::pair{Verdict::Throw, &client::TunnelUp::local}};

PolicyRule tunnel_first(Family family) {
  return {.family = family, .priority = 31001, .table = tunnel_table, .unless_mark = outer_mark};
}

bool concerns(const client::TunnelUp& tunnel, Family family) {
  const auto is_of_family = [&](const IpPrefix& route) { return route.address.family() == family; };
  return std::ranges::any_of(tunnel.routes, is_of_family) || std::ranges::any_of(tunnel.blocked, is_of_family);
}
bool takes_everything(const client::TunnelUp& tunnel) {
  return std::ranges::any_of(tunnel.routes, [](const IpPrefix& route) { return route.length == 0; });
}

// What is in `all` and not in `known`.
std::vector<IpPrefix> beyond(const std::vector<IpPrefix>& all, const std::vector<IpPrefix>& known) {
  std::vector<IpPrefix> rest;
  std::ranges::copy_if(all, std::back_inserter(rest),
                       [&](const IpPrefix& p) { return std::ranges::find(known, p) == known.end(); });
  return rest;
}

}  // namespace

Result<TunnelHost, Error> TunnelHost::open(std::string interface) {
  TRY_ASSIGN(auto network, HostNetwork::open());
  return TunnelHost{std::move(interface), std::move(network)};
}

Result<std::size_t, Error> TunnelHost::remove_leftovers() {
  TRY_ASSIGN(auto network, HostNetwork::open());
  TRY_ASSIGN(const std::size_t rules, network.remove_our_rules());
  TRY_ASSIGN(const std::size_t routes, network.remove_our_verdicts(tunnel_table));
  return rules + routes;
}

Result<void, Error> TunnelHost::up(const client::TunnelUp& wanted) {
  TRY(network_.raise(interface_, wanted.mtu));
  TRY(change(wanted));
  name_servers_.set({wanted.dns, wanted.domains, takes_everything(wanted)});
  return {};
}

void TunnelHost::down() {
  name_servers_.clear();
  (void)change({});  // The interface may be gone, and then everything but the rules went with it.
}

Result<void, Error> TunnelHost::change(const client::TunnelUp& wanted) {
  const client::TunnelUp before = std::exchange(current_, wanted);
  Result<void, Error> outcome;
  const auto note = [&](Result<void, Error> result) {
    if (!result && outcome) outcome = std::move(result);
  };
  for (const Family family : families)
    if (!concerns(wanted, family) && concerns(before, family)) note(network_.remove_rule(tunnel_first(family)));
  for (const auto& [verdict, prefixes] : verdicts)
    for (const IpPrefix& one : beyond(before.*prefixes, wanted.*prefixes))
      note(network_.remove_verdict(verdict, one, tunnel_table));
  for (const IpPrefix& route : beyond(before.routes, wanted.routes))
    note(network_.remove_route(interface_, route, tunnel_table));
  for (const IpPrefix& address : beyond(before.addresses, wanted.addresses))
    note(network_.remove_address(interface_, address));
  for (const IpPrefix& address : beyond(wanted.addresses, before.addresses))
    note(network_.add_address(interface_, address));
  for (const IpPrefix& route : beyond(wanted.routes, before.routes))
    note(network_.add_route(interface_, route, tunnel_table));
  for (const auto& [verdict, prefixes] : verdicts)
    for (const IpPrefix& one : beyond(wanted.*prefixes, before.*prefixes))
      note(network_.add_verdict(verdict, one, tunnel_table));
  for (const Family family : families)
    if (concerns(wanted, family)) note(network_.add_rule(tunnel_first(family)));
  return outcome;
}

}  // namespace agilevpn::linux
