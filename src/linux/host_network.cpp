#include "linux/host_network.h"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>

#include <cerrno>

// glibc's own header of this function does not go together with <linux/if.h>.
extern "C" unsigned int if_nametoindex(const char* name) noexcept;

namespace agilevpn::linux {

namespace {

constexpr std::uint16_t create = NLM_F_CREATE | NLM_F_EXCL;

unsigned char family_number(Family family) { return family == Family::V4 ? AF_INET : AF_INET6; }

NetlinkRequest address_request(std::uint16_t type, std::uint16_t flags, std::uint32_t interface,
                               const IpPrefix& address) {
  NetlinkRequest request{type, flags,
                         ifaddrmsg{.ifa_family = family_number(address.address.family()),
                                   .ifa_prefixlen = address.length,
                                   .ifa_scope = RT_SCOPE_UNIVERSE,
                                   .ifa_index = interface}};
  // Nobody else is on a tunnel, and which routes lead into it is not for its address to say.
  return request.put(IFA_LOCAL, address.address)
      .put(IFA_ADDRESS, address.address)
      .put_u32(IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
}

NetlinkRequest route_request(std::uint16_t type, std::uint16_t flags, std::uint32_t interface,
                             const IpPrefix& destination, std::uint32_t table) {
  const bool is_v4 = destination.address.is_v4();
  NetlinkRequest request{type, flags,
                         rtmsg{.rtm_family = family_number(destination.address.family()),
                               .rtm_dst_len = destination.length,
                               .rtm_table = RT_TABLE_UNSPEC,
                               .rtm_protocol = route_protocol,
                               .rtm_scope = is_v4 ? std::uint8_t{RT_SCOPE_LINK} : std::uint8_t{RT_SCOPE_UNIVERSE},
                               .rtm_type = RTN_UNICAST}};
  return request.put(RTA_DST, destination.first()).put_u32(RTA_OIF, interface).put_u32(RTA_TABLE, table);
}

unsigned char route_type(Verdict verdict) { return verdict == Verdict::Throw ? RTN_THROW : RTN_UNREACHABLE; }

NetlinkRequest verdict_request(std::uint16_t type, std::uint16_t flags, Verdict verdict, const IpPrefix& destination,
                               std::uint32_t table) {
  NetlinkRequest request{type, flags,
                         rtmsg{.rtm_family = family_number(destination.address.family()),
                               .rtm_dst_len = destination.length,
                               .rtm_table = RT_TABLE_UNSPEC,
                               .rtm_protocol = route_protocol,
                               .rtm_scope = RT_SCOPE_UNIVERSE,
                               .rtm_type = route_type(verdict)}};
  return request.put(RTA_DST, destination.first()).put_u32(RTA_TABLE, table);
}

NetlinkRequest rule_request(std::uint16_t type, std::uint16_t flags, const PolicyRule& rule) {
  NetlinkRequest request{type, flags,
                         fib_rule_hdr{.family = family_number(rule.family),
                                      .table = RT_TABLE_UNSPEC,
                                      .action = FR_ACT_TO_TBL,
                                      .flags = rule.unless_mark ? std::uint32_t{FIB_RULE_INVERT} : 0}};
  request.put_u32(FRA_TABLE, rule.table).put_u32(FRA_PRIORITY, rule.priority).put_u8(FRA_PROTOCOL, route_protocol);
  if (rule.unless_mark) request.put_u32(FRA_FWMARK, *rule.unless_mark).put_u32(FRA_FWMASK, 0xffffffff);
  return request;
}

std::optional<PolicyRule> our_rule(const nlmsghdr* message) {
  const auto& header = *static_cast<const fib_rule_hdr*>(mnl_nlmsg_get_payload(message));
  const NetlinkAttributes attributes{message, sizeof header};
  if (attributes.u8(FRA_PROTOCOL) != route_protocol || (header.family != AF_INET && header.family != AF_INET6))
    return std::nullopt;
  return PolicyRule{.family = header.family == AF_INET ? Family::V4 : Family::V6,
                    .priority = attributes.u32(FRA_PRIORITY).value_or(0),
                    .table = attributes.u32(FRA_TABLE).value_or(header.table),
                    .unless_mark = attributes.u32(FRA_FWMARK)};
}

struct OurVerdict {
  Verdict verdict;
  IpPrefix destination;
};
std::optional<OurVerdict> our_verdict(const nlmsghdr* message, std::uint32_t table) {
  const auto& header = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
  const NetlinkAttributes attributes{message, sizeof header};
  if (header.rtm_protocol != route_protocol || attributes.u32(RTA_TABLE).value_or(header.rtm_table) != table)
    return std::nullopt;
  if (header.rtm_type != RTN_THROW && header.rtm_type != RTN_UNREACHABLE) return std::nullopt;
  const IpAddress all = IpAddress::any(header.rtm_family == AF_INET ? Family::V4 : Family::V6);
  return OurVerdict{header.rtm_type == RTN_THROW ? Verdict::Throw : Verdict::Unreachable,
                    {attributes.address(RTA_DST).value_or(all), header.rtm_dst_len}};
}

}  // namespace

Result<HostNetwork, Error> HostNetwork::open() {
  TRY_ASSIGN(auto netlink, NetlinkSocket::open());
  return HostNetwork{std::move(netlink)};
}

Result<void, Error> HostNetwork::ask(NetlinkRequest request, std::string action, std::initializer_list<int> harmless) {
  const auto answer = netlink_.request(std::move(request));
  if (answer || std::ranges::find(harmless, answer.error()) != harmless.end()) return {};
  return Failure{system_error(answer.error(), action)};
}

Result<void, Error> HostNetwork::raise(const std::string& interface, std::uint32_t mtu) {
  const auto index = static_cast<int>(if_nametoindex(interface.c_str()));
  if (index == 0) return Failure{system_error(ENODEV, "set up " + interface)};
  // Before it is up, or the kernel has made a link-local address and sends router solicitations into the tunnel.
  NetlinkRequest quiet{RTM_SETLINK, 0, ifinfomsg{.ifi_index = index}};
  quiet.put_u32(IFLA_MTU, mtu).put_nested(IFLA_AF_SPEC, [](NetlinkRequest& families) {
    families.put_nested(AF_INET6,
                        [](NetlinkRequest& v6) { v6.put_u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE); });
  });
  // A kernel without IPv6 refuses that part with EAFNOSUPPORT.
  TRY(ask(quiet, fmt::format("set the MTU of {} to {}", interface, mtu), {EAFNOSUPPORT}));
  return ask(NetlinkRequest{RTM_SETLINK, 0, ifinfomsg{.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP}},
             fmt::format("set {} up", interface));
}

Result<void, Error> HostNetwork::add_address(const std::string& interface, const IpPrefix& address) {
  return ask(address_request(RTM_NEWADDR, create, if_nametoindex(interface.c_str()), address),
             fmt::format("add the address {} to {}", address.to_string(), interface), {EEXIST});
}

Result<void, Error> HostNetwork::remove_address(const std::string& interface, const IpPrefix& address) {
  return ask(address_request(RTM_DELADDR, 0, if_nametoindex(interface.c_str()), address),
             fmt::format("remove the address {} from {}", address.to_string(), interface), {EADDRNOTAVAIL, ENODEV});
}

Result<void, Error> HostNetwork::add_route(const std::string& interface, const IpPrefix& destination,
                                           std::uint32_t table) {
  return ask(route_request(RTM_NEWROUTE, create, if_nametoindex(interface.c_str()), destination, table),
             fmt::format("add the route to {} through {}", destination.to_string(), interface), {EEXIST});
}

Result<void, Error> HostNetwork::remove_route(const std::string& interface, const IpPrefix& destination,
                                              std::uint32_t table) {
  return ask(route_request(RTM_DELROUTE, 0, if_nametoindex(interface.c_str()), destination, table),
             fmt::format("remove the route to {} through {}", destination.to_string(), interface), {ESRCH, ENODEV});
}

Result<void, Error> HostNetwork::add_verdict(Verdict verdict, const IpPrefix& destination, std::uint32_t table) {
  return ask(verdict_request(RTM_NEWROUTE, create, verdict, destination, table),
             fmt::format("add the route to {} beside the tunnel", destination.to_string()), {EEXIST});
}

Result<void, Error> HostNetwork::remove_verdict(Verdict verdict, const IpPrefix& destination, std::uint32_t table) {
  return ask(verdict_request(RTM_DELROUTE, 0, verdict, destination, table),
             fmt::format("remove the route to {} beside the tunnel", destination.to_string()), {ESRCH});
}

Result<void, Error> HostNetwork::add_rule(const PolicyRule& rule) {
  return ask(rule_request(RTM_NEWRULE, create, rule), fmt::format("add a policy rule for table {}", rule.table),
             {EEXIST});
}

Result<void, Error> HostNetwork::remove_rule(const PolicyRule& rule) {
  return ask(rule_request(RTM_DELRULE, 0, rule), fmt::format("remove a policy rule for table {}", rule.table),
             {ENOENT});
}

Result<std::size_t, Error> HostNetwork::remove_our_rules() {
  std::vector<PolicyRule> rules;
  const auto dumped = netlink_.dump(
      NetlinkRequest{RTM_GETRULE, 0, fib_rule_hdr{}}, [&] { rules.clear(); },
      [&](const nlmsghdr* message) {
        if (const auto rule = our_rule(message)) rules.push_back(*rule);
      });
  if (!dumped) return Failure{system_error(dumped.error(), "list the policy rules")};
  for (const PolicyRule& rule : rules) TRY(remove_rule(rule));
  return rules.size();
}

Result<std::size_t, Error> HostNetwork::remove_our_verdicts(std::uint32_t table) {
  std::vector<OurVerdict> verdicts;
  const auto dumped = netlink_.dump(
      NetlinkRequest{RTM_GETROUTE, 0, rtmsg{}}, [&] { verdicts.clear(); },
      [&](const nlmsghdr* message) {
        if (const auto ours = our_verdict(message, table)) verdicts.push_back(*ours);
      });
  if (!dumped) return Failure{system_error(dumped.error(), "list the routes")};
  for (const auto& [verdict, destination] : verdicts) TRY(remove_verdict(verdict, destination, table));
  return verdicts.size();
}

}  // namespace agilevpn::linux
