// A gateway's side of the host: the tunnel interface with the gateway's inner addresses, the way to its pools, and
// forwarding, with masquerading where it is wished. Undone when it goes away; addresses and routes go with the interface even after a kill, the rest with the next
// clean stop.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "linux/host_network.h"
#include "linux/kept_sysctls.h"
#include "linux/masquerade.h"

namespace agilevpn::linux {

struct GatewayHostSettings {
  std::string interface;
  std::vector<IpAddress> addresses;  // The gateway's own inner addresses.
  std::vector<IpPrefix> pools;       // What clients' inner addresses come from.
  std::vector<IpPrefix> networks;    // What may stand behind clients: led to the tunnel as add_network() says.
  bool masquerades = false;
  std::uint32_t mtu = 1400;     // Octets.
  std::filesystem::path state;  // A file for what must be put back even after a kill.
};

class GatewayHost {
 public:
  // The interface must be there.
  static Result<GatewayHost, Error> set_up(const GatewayHostSettings& settings);

  // A network behind a client, from now on through the tunnel. Twice is harmless.
  Result<void, Error> add_network(const IpPrefix& network);
  Result<void, Error> remove_network(const IpPrefix& network);

  // What it changed that outlives the interface, one sentence each: "net.ipv4.ip_forward was 0, now 1".
  const std::vector<std::string>& notes() const { return sysctls_.notes(); }

 private:
  GatewayHost(HostNetwork network, std::string interface, std::filesystem::path file)
      : network_(std::move(network)), interface_(std::move(interface)), sysctls_(std::move(file)) {}

  HostNetwork network_;
  std::string interface_;
  KeptSysctls sysctls_;
  std::optional<Masquerade> masquerade_;
};

}  // namespace agilevpn::linux
