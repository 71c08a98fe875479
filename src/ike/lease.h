// What a gateway gives a client in a configuration payload (RFC 7296 §2.19): inner addresses and what goes with them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace agilevpn::ike {

struct Lease {
  std::optional<IpAddress> ipv4;
  std::optional<IpPrefix> ipv6;  // INTERNAL_IP6_ADDRESS has a prefix length.
  std::vector<IpAddress> dns;
  std::vector<std::string> domains;  // INTERNAL_DNS_DOMAIN (RFC 8598)
  std::vector<IpPrefix> subnets;     // INTERNAL_IP4_SUBNET, INTERNAL_IP6_SUBNET
  std::vector<IpAddress> nbns = {};  // INTERNAL_IP4_NBNS: WINS servers.
  std::vector<IpAddress> servers =
      {};  // INTERNAL_IP4_SERVER, INTERNAL_IP6_SERVER ([MS-IKEE] 2.2.8): the gateway's own inner addresses.

  friend bool operator==(const Lease&, const Lease&) = default;
};

}  // namespace agilevpn::ike
