// What we set on this host's own network: a tunnel interface, its addresses, routes and policy rules. Each call is one
// netlink request; adding what is there and removing what is gone succeed. All that is added is marked as ours
// (route_protocol), so that what a killed run left behind can be told from everybody else's.
#pragma once

#include <string>

#include "linux/netlink_socket.h"

namespace agilevpn::linux {

inline constexpr std::uint8_t route_protocol = 45;   // Above RTPROT_STATIC and in nobody's list (iproute2's rt_protos).
inline constexpr std::uint32_t tunnel_table = 4500;  // Routes into the tunnel.
inline constexpr std::uint32_t outer_mark = 0x4500;  // SO_MARK of IKE and ESP sockets: never into the tunnel.

struct PolicyRule {
  Family family = Family::V4;
  std::uint32_t priority = 0;  // Lower is asked first.
  std::uint32_t table = 0;
  std::optional<std::uint32_t> unless_mark;  // Not for packets with this mark.

  friend bool operator==(const PolicyRule&, const PolicyRule&) = default;
};

// What a route without an interface says.
enum class Verdict : std::uint8_t {
  Unreachable,  // Nobody leads there.
  Throw,        // Ask the next rule's table.
};

class HostNetwork {
 public:
  static Result<HostNetwork, Error> open();

  // Sets the MTU, no link-local address, and up.
  Result<void, Error> raise(const std::string& interface, std::uint32_t mtu);
  Result<void, Error> add_address(const std::string& interface, const IpPrefix& address);
  Result<void, Error> remove_address(const std::string& interface, const IpPrefix& address);
  Result<void, Error> add_route(const std::string& interface, const IpPrefix& destination, std::uint32_t table);
  Result<void, Error> remove_route(const std::string& interface, const IpPrefix& destination, std::uint32_t table);
  Result<void, Error> add_verdict(Verdict verdict, const IpPrefix& destination, std::uint32_t table);
  Result<void, Error> remove_verdict(Verdict verdict, const IpPrefix& destination, std::uint32_t table);
  Result<void, Error> add_rule(const PolicyRule& rule);
  Result<void, Error> remove_rule(const PolicyRule& rule);
  // Removes every rule that is marked as ours; how many there were.
  Result<std::size_t, Error> remove_our_rules();
  // Removes every verdict of this table that is marked as ours; how many there were. Other routes go with their interface.
  Result<std::size_t, Error> remove_our_verdicts(std::uint32_t table);

 private:
  explicit HostNetwork(NetlinkSocket netlink) : netlink_(std::move(netlink)) {}
  // `harmless`: the errno values that mean that it is so already.
  Result<void, Error> ask(NetlinkRequest request, std::string action, std::initializer_list<int> harmless = {});

  NetlinkSocket netlink_;
};

}  // namespace agilevpn::linux
