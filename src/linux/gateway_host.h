// A gateway's side of the host: the tunnel interface with the gateway's inner addresses, the way to its pools, and
// forwarding. Undone when it goes away; addresses and routes go with the interface even after a kill.
#pragma once

#include <string>
#include <vector>

#include "linux/host_network.h"

namespace agilevpn::linux {

struct GatewayHostSettings {
  std::string interface;
  std::vector<IpAddress> addresses;  // The gateway's own inner addresses.
  std::vector<IpPrefix> pools;       // What clients' inner addresses come from.
  std::uint32_t mtu = 1400;          // Octets.
};

class GatewayHost {
 public:
  // The interface must be there.
  static Result<GatewayHost, Error> set_up(const GatewayHostSettings& settings);
  GatewayHost(GatewayHost&&) = default;
  GatewayHost& operator=(GatewayHost&&) = delete;
  ~GatewayHost();

  // What it changed that outlives the interface, one sentence each: "net.ipv4.ip_forward was 0, now 1".
  std::vector<std::string> notes() const;

 private:
  struct Sysctl {
    std::string name;
    std::string before;
  };
  GatewayHost() = default;
  Result<void, Error> forward(const std::string& sysctl);

  std::vector<Sysctl> changed_;
};

}  // namespace agilevpn::linux
