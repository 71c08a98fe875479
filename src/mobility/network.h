// What a host knows of its own network, as one snapshot: links, their addresses and their routes. A world (netlink, the
// simulator, a test) fills it and hands the whole to mobility::Manager whenever something changed; two equal snapshots
// mean that nothing did. The tunnel's own interface and routes never stand in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace agilevpn::mobility {

enum class LinkType : std::uint8_t { Ethernet, Wifi, Mobile, Other };

std::string_view to_string(LinkType type);  // "ethernet", "wifi", "mobile", "other"

struct LinkAddress {
  IpAddress address;
  std::uint8_t prefix_length = 0;
  bool is_tentative = false;   // Duplicate address detection runs or failed (RFC 4862 §5.4): not to be sent from.
  bool is_deprecated = false;  // Valid, but for what is under way only (RFC 4862 §5.5.4).

  friend bool operator==(const LinkAddress&, const LinkAddress&) = default;
};

// A route out of a link: on-link prefixes and default routes alike, of every table that the host's own traffic uses.
struct LinkRoute {
  IpPrefix destination;
  std::uint32_t metric = 0;              // Lower wins.
  std::optional<IpAddress> next_hop;     // Nothing: on-link.
  std::optional<IpAddress> source_hint;  // The route's preferred source (RTA_PREFSRC).

  friend bool operator==(const LinkRoute&, const LinkRoute&) = default;
};

struct Link {
  std::uint32_t index = 0;  // Path::interface
  std::string name;         // "eth0"
  LinkType type = LinkType::Other;
  bool is_up = false;        // Administratively (IFF_UP).
  bool has_carrier = false;  // IFF_LOWER_UP: the cable is in, the access point is joined.
  bool is_metered = false;   // Costs money by the octet.
  std::uint32_t mtu = 1500;  // Octets.
  std::vector<LinkAddress> addresses;
  std::vector<LinkRoute> routes;

  friend bool operator==(const Link&, const Link&) = default;
};

struct Network {
  std::vector<Link> links;  // By index.

  friend bool operator==(const Network&, const Network&) = default;
};

}  // namespace agilevpn::mobility
