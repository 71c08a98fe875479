// A traffic selector (RFC 7296 §3.13.1): a protocol, a range of ports and a range of addresses. What IKE negotiates, ESP
// enforces and the client turns into routes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace agilevpn {

struct TrafficSelector {
  std::uint8_t protocol = 0;  // IP protocol; 0 is any.
  std::uint16_t first_port = 0;
  std::uint16_t last_port = 0xffff;  // With first_port 0: any. first > last is OPAQUE (RFC 7296 §3.13.1).
  IpAddress first_address;
  IpAddress last_address;

  static TrafficSelector of(const IpPrefix& prefix);
  static TrafficSelector everything(Family family);

  Family family() const { return first_address.family(); }
  bool contains(const IpAddress& address) const {
    return address.family() == family() && first_address <= address && address <= last_address;
  }
  bool contains(const TrafficSelector& other) const;
  // What both allow; nothing if they share no packet.
  std::optional<TrafficSelector> intersect(const TrafficSelector& other) const;
  // The fewest prefixes that make up the address range.
  std::vector<IpPrefix> to_prefixes() const;
  // "10.0.0.0/8", "10.0.0.1-10.0.0.9", "10.0.0.0/8 tcp/443".
  std::string to_string() const;

  friend auto operator<=>(const TrafficSelector&, const TrafficSelector&) = default;
};

using TrafficSelectors = std::vector<TrafficSelector>;

// "10.0.0.0/8, ::/0"
std::string to_string(const TrafficSelectors& selectors);

}  // namespace agilevpn
