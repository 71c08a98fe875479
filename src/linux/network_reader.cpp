#include "linux/network_reader.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>

#include <filesystem>
#include <fstream>
#include <tuple>

namespace agilevpn::linux {

namespace {

template <class Header>
const Header& header_of(const nlmsghdr* message) {
  return *static_cast<const Header*>(mnl_nlmsg_get_payload(message));
}

mobility::Link* find(mobility::Network& network, std::uint32_t index) {
  const auto found = std::ranges::find(network.links, index, &mobility::Link::index);
  return found == network.links.end() ? nullptr : &*found;
}

void add_link(mobility::Network& network, const nlmsghdr* message, const std::vector<std::string>& without_interfaces) {
  const auto& header = header_of<ifinfomsg>(message);
  const NetlinkAttributes attributes{message, sizeof header};
  const std::string name{attributes.text(IFLA_IFNAME)};
  if ((header.ifi_flags & IFF_LOOPBACK) != 0 || std::ranges::find(without_interfaces, name) != without_interfaces.end())
    return;
  const auto type = link_type(name, header.ifi_type);
  network.links.push_back({.index = static_cast<std::uint32_t>(header.ifi_index),
                           .name = name,
                           .type = type,
                           .is_up = (header.ifi_flags & IFF_UP) != 0,
                           .has_carrier = (header.ifi_flags & IFF_LOWER_UP) != 0,
                           .is_metered = type == mobility::LinkType::Mobile,
                           .mtu = attributes.u32(IFLA_MTU).value_or(1500)});
}

void add_address(mobility::Network& network, const nlmsghdr* message) {
  const auto& header = header_of<ifaddrmsg>(message);
  const NetlinkAttributes attributes{message, sizeof header};
  mobility::Link* link = find(network, header.ifa_index);
  // On a point-to-point link IFA_ADDRESS is the other end's.
  const auto address = attributes.has(IFA_LOCAL) ? attributes.address(IFA_LOCAL) : attributes.address(IFA_ADDRESS);
  if (!link || !address) return;
  const std::uint32_t flags = attributes.u32(IFA_FLAGS).value_or(header.ifa_flags);
  link->addresses.push_back(
      {.address = *address,
       .prefix_length = header.ifa_prefixlen,
       .is_tentative = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0 && !(flags & IFA_F_OPTIMISTIC),
       .is_deprecated = (flags & IFA_F_DEPRECATED) != 0});
}

struct NextHop {
  std::uint32_t interface = 0;
  unsigned flags = 0;
  std::optional<IpAddress> gateway;
};

std::optional<IpAddress> gateway_of(const NetlinkAttributes& attributes) {
  if (attributes.has(RTA_GATEWAY)) return attributes.address(RTA_GATEWAY);
  const ByteView via = attributes.bytes(RTA_VIA);  // A gateway of the other family: rtvia, two octets of family first.
  return via.size() > 2 ? IpAddress::from_bytes(via.subspan(2)) : std::nullopt;
}

std::vector<NextHop> next_hops(const rtmsg& header, const NetlinkAttributes& attributes) {
  if (const auto interface = attributes.u32(RTA_OIF)) return {{*interface, header.rtm_flags, gateway_of(attributes)}};
  std::vector<NextHop> hops;
  ByteView rest = attributes.bytes(RTA_MULTIPATH);
  while (rest.size() >= sizeof(rtnexthop)) {
    const auto* hop = reinterpret_cast<const rtnexthop*>(rest.data());
    if (hop->rtnh_len < sizeof *hop || hop->rtnh_len > rest.size()) break;
    const NetlinkAttributes inside{rest.subspan(sizeof *hop, hop->rtnh_len - sizeof *hop)};
    hops.push_back({static_cast<std::uint32_t>(hop->rtnh_ifindex), hop->rtnh_flags, gateway_of(inside)});
    rest = rest.subspan(std::min<std::size_t>(RTNH_ALIGN(hop->rtnh_len), rest.size()));
  }
  return hops;
}

void add_route(mobility::Network& network, const nlmsghdr* message, std::uint32_t without_table) {
  const auto& header = header_of<rtmsg>(message);
  const NetlinkAttributes attributes{message, sizeof header};
  const std::uint32_t table = attributes.u32(RTA_TABLE).value_or(header.rtm_table);
  if (header.rtm_type != RTN_UNICAST || (header.rtm_flags & RTM_F_CLONED) != 0) return;
  if (table == RT_TABLE_LOCAL || table == without_table) return;
  const auto family = header.rtm_family == AF_INET ? Family::V4 : Family::V6;
  const auto destination = attributes.address(RTA_DST).value_or(IpAddress::any(family));
  if (destination.is_multicast()) return;
  for (const NextHop& hop : next_hops(header, attributes)) {
    mobility::Link* link = find(network, hop.interface);
    if (!link || !link->is_up || (hop.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) != 0) continue;
    link->routes.push_back({.destination = {destination, header.rtm_dst_len},
                            .metric = attributes.u32(RTA_PRIORITY).value_or(0),
                            .next_hop = hop.gateway,
                            .source_hint = attributes.address(RTA_PREFSRC)});
  }
}

// So that equal networks are equal snapshots, however the kernel lists them.
void sort(mobility::Network& network) {
  std::ranges::sort(network.links, {}, &mobility::Link::index);
  for (mobility::Link& link : network.links) {
    const auto key = [](const mobility::LinkRoute& r) {
      return std::tie(r.destination, r.metric, r.next_hop, r.source_hint);
    };
    std::ranges::sort(link.routes, {}, key);
    const auto repeated = std::ranges::unique(link.routes);
    link.routes.erase(repeated.begin(), repeated.end());
  }
}

}  // namespace

Result<mobility::Network, int> read_network(NetlinkSocket& netlink, const std::vector<std::string>& without_interfaces,
                                            std::uint32_t without_table) {
  mobility::Network network;
  const auto dump = [&](std::uint16_t type, const auto& header, const auto& restart, const auto& add) {
    return netlink.dump(NetlinkRequest{type, 0, header}, restart, add);
  };
  TRY(dump(
      RTM_GETLINK, ifinfomsg{}, [&] { network.links.clear(); },
      [&](const nlmsghdr* m) { add_link(network, m, without_interfaces); }));
  TRY(dump(
      RTM_GETADDR, ifaddrmsg{},
      [&] {
        for (auto& link : network.links) link.addresses.clear();
      },
      [&](const nlmsghdr* m) { add_address(network, m); }));
  TRY(dump(
      RTM_GETROUTE, rtmsg{},
      [&] {
        for (auto& link : network.links) link.routes.clear();
      },
      [&](const nlmsghdr* m) { add_route(network, m, without_table); }));
  sort(network);
  return network;
}

mobility::LinkType link_type(const std::string& interface, unsigned short hardware_type) {
  const std::filesystem::path sysfs = "/sys/class/net/" + interface;
  std::error_code ignored;
  if (std::filesystem::exists(sysfs / "wireless", ignored) || std::filesystem::exists(sysfs / "phy80211", ignored))
    return mobility::LinkType::Wifi;
  std::ifstream uevent{sysfs / "uevent"};
  for (std::string line; std::getline(uevent, line);)
    if (line == "DEVTYPE=wwan") return mobility::LinkType::Mobile;
  return hardware_type == ARPHRD_ETHER ? mobility::LinkType::Ethernet : mobility::LinkType::Other;
}

}  // namespace agilevpn::linux
