// The table [pool] of gateway.toml, and [pool.NAME]: inner addresses for clients.
#pragma once

#include <vector>

#include "control/config/section.h"
#include "gateway/config.h"

namespace agilevpn::control::config {

// Adds to `config.pools`; what every group starts from goes to `common`. Returns the gateway's own inner addresses: the first
// of each pool.
std::vector<IpPrefix> read_pools(Section& section, gateway::Config& config, gateway::ConnectionRule& common);

}  // namespace agilevpn::control::config
