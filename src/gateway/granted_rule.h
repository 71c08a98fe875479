// What a RADIUS server's grant makes of our rules.
#pragma once

#include "gateway/config.h"
#include "radius/grant.h"

namespace agilevpn::gateway {

// The groups that the server names, first those that count first: Filter-Id "staff", or Class "staff" or "OU=staff;",
// as NPS and FreeRADIUS are set up to tell groups. What comes after the first that has a rule is left out.
std::vector<std::string> groups_named(const radius::Grant& granted, const std::vector<ConnectionRule>& rules);

// The one of them that has a rule. Empty: none, but the owner may know a group of that name.
std::string_view group_of(const radius::Grant& granted, const std::vector<ConnectionRule>& rules);

// The address that it granted, or the first of the prefix (RFC 3162 §2.3) that is no router's.
std::optional<IpAddress> framed_ipv6_of(const radius::Grant& granted);

// The rule of the user's group, with what the server granted this user instead; why it cannot be granted.
Result<std::shared_ptr<const ConnectionRule>, std::string> with_grant(const Config& config, std::string_view group,
                                                                      const radius::Grant& granted);

}  // namespace agilevpn::gateway
