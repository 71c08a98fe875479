// What one peer gets: its rule of the configuration, with what the owner's group of that name says in its place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eap/packet.h"
#include "gateway/config.h"
#include "gateway/event.h"
#include "gateway/user.h"

namespace agilevpn::gateway {

// As groups name the ways to log in: "eap-mschapv2", "peap".
std::string method_name(eap::Type type);

// The EAP methods that a user may use whose group takes `wanted` (empty: all), most wanted first.
std::vector<eap::Type> offered_methods(const Config& config, const std::vector<std::string>& wanted);
// Those inside `outer`, PEAP or EAP-TTLS, for the same: EAP-MSCHAPv2 and EAP-TLS, which these are there for; EAP-GTC, the password
// itself, inside PEAP only if it would do outside. EAP-TTLS has that in PAP anyway.
std::vector<eap::Type> offered_inside(const Config& config, eap::Type outer, const std::vector<std::string>& wanted);

// The rule of this name; the last one, which is everybody's, if there is none.
const ConnectionRule& rule_named(const Config& config, std::string_view name);

// `login` is the rule as the login left it. Where that is not what the configuration says, a RADIUS server has granted
// something to this peer alone, and it stays.
ConnectionRule with_group(const Config& config, const ConnectionRule& login, const Group& group);

// The group's own, or those that the configuration has for it.
const std::vector<IpPrefix>& routes_of(const Config& config, const Group& group);
const FirewallRules& firewall_of(const Config& config, const Group& group);

struct Objection {
  std::string why;
  Refusal cause{};
  std::string who = {};  // As it is kept; empty: as it proved to be.
  std::optional<GroupFault> group_fault = {};
  ike::wire::NotifyType notify = ike::wire::NotifyType::AuthenticationFailed;
};
// To a login by this method and from this outer address; nothing: it counts. Without an address, any will do.
std::optional<Objection> objection_to(const std::string& method, const std::optional<IpAddress>& from,
                                      const ConnectionRule& rule);

}  // namespace agilevpn::gateway
