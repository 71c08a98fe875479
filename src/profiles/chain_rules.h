// The certificates above a gateway's: complete, in order, issued by CAs, and not too large.
#pragma once

#include "profiles/platform_rules.h"

namespace agilevpn::profiles {

void check_chain(const GatewayChain& gateway, WallTime now, std::vector<Finding>& out);

}  // namespace agilevpn::profiles
