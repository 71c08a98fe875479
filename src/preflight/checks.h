// The checks: each takes what is known of the machine and says what it thinks of it. Pure: nothing here asks the
// system.
//
//   for (const Finding& finding : preflight::examine(machine)) ...
#pragma once

#include "preflight/finding.h"
#include "preflight/machine.h"

namespace agilevpn::preflight {

Findings examine(const Machine& machine);  // All of them, in the order of a person's questions.

Findings check_ports(const Machine& machine);
Findings check_tunnel(const Machine& machine);
Findings check_forwarding(const Machine& machine);
Findings check_clock(const Machine& machine);
Findings check_name(const Machine& machine);
Findings check_mtu(const Machine& machine);
Findings check_firewall(const Machine& machine);

}  // namespace agilevpn::preflight
