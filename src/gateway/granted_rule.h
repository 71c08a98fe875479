// What a RADIUS server's grant makes of our rules.
#pragma once

#include "gateway/config.h"
#include "radius/grant.h"

namespace agilevpn::gateway {

// The rule whose name the server says: Filter-Id "staff", or Class "staff" or "OU=staff;", as NPS and FreeRADIUS are
// set up to tell groups. Empty: it names none of ours.
std::string_view group_of(const radius::Grant& granted, const std::vector<ConnectionRule>& rules);

// The group's rule, with what the server granted this user instead.
std::shared_ptr<const ConnectionRule> with_grant(const ConnectionRule& rule, const radius::Grant& granted);

}  // namespace agilevpn::gateway
