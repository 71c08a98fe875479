// Source NAT for a gateway that is not the router of its network: what clients send to elsewhere leaves with the gateway's own
// address, so that answers come back to it. An nftables table of our own, which goes away with this object; one that a kill
// left is replaced.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/error.h"

namespace agilevpn::linux {

class Masquerade {
 public:
  // For packets from `pools` that leave by another interface than `interface`. Needs the program nft.
  static Result<Masquerade, Error> set_up(const std::string& interface, const std::vector<IpPrefix>& pools);

  Masquerade(Masquerade&& other) noexcept : table_(std::exchange(other.table_, {})) {}
  Masquerade& operator=(Masquerade&& other) noexcept;
  ~Masquerade();

 private:
  explicit Masquerade(std::string table) : table_(std::move(table)) {}

  std::string table_;  // "agilevpn-vpn0"; empty once moved from.
};

}  // namespace agilevpn::linux
