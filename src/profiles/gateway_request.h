// A request out of a gateway's configuration: what its devices must be told follows from what it accepts.
#pragma once

#include "control/config/gateway_config.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

// The rule ("group") of the configuration that the login is let in by: the first that takes its certificate; else the last, which
// everyone is in.
Result<const gateway::ConnectionRule*, Error> rule_for(const control::config::GatewayConfig& config, const Login& login,
                                                       WallTime now);

// `authorities` are the CAs that devices must be told to trust.
Request request_of(const control::config::GatewayConfig& config, const gateway::ConnectionRule& rule,
                   std::vector<crypto::Certificate> authorities, Login login);

}  // namespace agilevpn::profiles
