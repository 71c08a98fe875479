// gateway.toml. A first one is this long:
//
//   name = "vpn.example.org"
//   [certificate]
//   own-ca = true
//   [pool]
//   ipv4 = "10.66.0.0/24"
//   ipv6 = "fd66::/64"
//
// docs/configuration.md has every key.
#pragma once

#include <vector>

#include "control/config/host_options.h"
#include "control/config/node.h"
#include "control/config/radius_keys.h"
#include "control/config/token_credentials.h"
#include "control/config/trust.h"
#include "gateway/config.h"
#include "ike/credentials.h"

namespace agilevpn::control::config {

struct GatewayConfig {
  gateway::Config gateway;
  ike::Credentials credentials;
  HostOptions host;
  RadiusHost radius;
  std::vector<IpPrefix> inner_addresses;  // The gateway's own inside the tunnel: the first of each pool.
  Trust trust;
  std::vector<std::filesystem::path>
      files;                        // Certificates, keys and CRLs that were read: renewed ones count without a restart.
  std::optional<TokenLogin> token;  // Where the gateway's key is on a token.
  std::vector<Mistake> warnings;    // That keep nothing from working.
};

// Reads the file and every certificate and key that it names. All its mistakes, each with its line.
Result<GatewayConfig, std::vector<Mistake>> read_gateway(const std::filesystem::path& file);
Result<GatewayConfig, std::vector<Error>> load_gateway(const std::filesystem::path& file);

}  // namespace agilevpn::control::config
