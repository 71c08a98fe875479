// The ways from this host to a gateway: which there are, and which is better. Pure functions of a Network; whether a
// way works is not known here (Manager finds out).
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "mobility/network.h"

namespace agilevpn::mobility {

// What makes a link better than another; smaller is better. Links of equal rank are not worth a move.
struct LinkRank {
  std::size_t preference = 0;  // Place in the user's order; the links not named there share the last one.
  bool is_metered = false;
  std::uint32_t metric = 0;  // The lowest one of the link's routes to any of the gateway's addresses.

  friend auto operator<=>(const LinkRank&, const LinkRank&) = default;
};

struct Candidate {
  Path path;  // Ports 4500 (RFC 4555 §3.3).
  std::string link;
  LinkType type = LinkType::Other;
  LinkRank rank;
  bool is_deprecated = false;  // Its local address is.

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// Whether two paths take the same way. Ports do not count: they change with NATs, and IKE moves from 500 to 4500.
bool is_same_way(const Path& a, const Path& b);

// Why no datagram can take this path now: "eth0 is down", "the cable of eth0 is out", "10.0.1.2 is gone from eth0",
// "eth0 has no route to 10.0.1.1". Empty if it can.
std::string why_unusable(const Network& network, const Path& path);

// Every way to a gateway address, the best first: one for each link and gateway address. `prefer` holds link names and
// types ("eth0", "wifi"), most wanted first. Between the ways over one link, those come first that keep the gateway
// address and then the family of `in_use`, because a NAT or firewall on them already lets us through; then the order of
// `gateways` counts, which a resolver sorted by RFC 6724. An `in_use` that is still usable is among them, unchanged.
std::vector<Candidate> find_candidates(const Network& network, const std::vector<IpAddress>& gateways,
                                       const std::vector<std::string>& prefer, const std::optional<Path>& in_use);

}  // namespace agilevpn::mobility
