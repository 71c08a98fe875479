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
  bool masquerades = false;
  std::uint32_t mtu = 1400;          // Octets.
  std::filesystem::path state;       // A file for what must be put back even after a kill.
};

class GatewayHost {
 public:
  // The interface must be there.
  static Result<GatewayHost, Error> set_up(const GatewayHostSettings& settings);

  // What it changed that outlives the interface, one sentence each: "net.ipv4.ip_forward was 0, now 1".
  const std::vector<std::string>& notes() const { return sysctls_.notes(); }

 private:
  explicit GatewayHost(std::filesystem::path file) : sysctls_(std::move(file)) {}

  KeptSysctls sysctls_;
  std::optional<Masquerade> masquerade_;
};

}  // namespace agilevpn::linux
