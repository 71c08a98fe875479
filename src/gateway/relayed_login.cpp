#include "gateway/relayed_login.h"

#include <fmt/format.h>

#include <algorithm>

#include "eap/identity.h"
#include "eap/packet.h"

namespace agilevpn::gateway {

namespace {

// The rule whose name the server says: Filter-Id "staff", or Class "staff" or "OU=staff;", as NPS and FreeRADIUS are set up
// to tell groups.
std::string_view group_of(const radius::Grant& granted, const std::vector<ConnectionRule>& rules) {
  const auto names = [&](std::string_view said) {
    if (said.starts_with("OU=")) said.remove_prefix(3);
    if (said.ends_with(';')) said.remove_suffix(1);
    const auto rule = std::ranges::find(rules, said, &ConnectionRule::name);
    return rule == rules.end() ? std::string_view{} : std::string_view{rule->name};
  };
  for (const std::string& filter : granted.filter_ids)
    if (const auto name = names(filter); !name.empty()) return name;
  for (const Bytes& value : granted.classes)
    if (const auto name = names(to_text(value)); !name.empty()) return name;
  return {};
}

// The group's rule, with what the server granted this user instead.
std::shared_ptr<const ConnectionRule> with_grant(const ConnectionRule& rule, const radius::Grant& granted) {
  auto own = std::make_shared<ConnectionRule>(rule.copy());
  if (!granted.dns.empty()) own->dns = granted.dns;
  if (!granted.routes.empty()) own->routes = granted.routes;
  own->framed_ipv4 = granted.framed_ip;
  own->framed_ipv6 = granted.framed_ipv6;
  if (granted.session_timeout) own->session_timeout = *granted.session_timeout;
  if (granted.idle_timeout) own->idle_timeout = *granted.idle_timeout;
  return own;
}

}  // namespace

RelayedLogin::RelayedLogin(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer, ike::wire::Identity local)
    : Login(std::move(config), std::move(peer), std::move(local)),
      relay_({.called_station = config_->name,
              .calling_station = this->peer().path.peer.address.to_string(),
              .port_id = {},
              .session_id = {}}),
      user_(this->peer().peer.to_string()) {}

Login::Step RelayedLogin::start() {
  return begin(eap::encode({.code = eap::Code::Request, .identifier = 0, .type = eap::Type::Identity, .data = {}}));
}

Login::Step RelayedLogin::handle_packet(ByteView packet, WallTime) {
  const auto decoded = eap::decode(packet);
  if (decoded && decoded->type == eap::Type::Identity)
    if (const auto identity = eap::decode_identity(decoded->data); identity && !identity->empty()) user_ = *identity;
  auto request = relay_.handle_eap(packet);
  if (!request) return refuse(request.error().to_string());
  return *std::move(request);
}

Login::Step RelayedLogin::handle_radius(radius::Answer answer) {
  auto step = relay_.handle_answer(std::move(answer));
  if (auto* next = std::get_if<radius::EapPacket>(&step)) return ike::EapReply{std::move(next->packet)};
  if (auto* accepted = std::get_if<radius::LoginAccepted>(&step)) return accept(std::move(*accepted));
  auto& rejected = std::get<radius::LoginRejected>(step);
  if (!rejected.reply_message.empty()) rejected.reason += fmt::format(" (it says: {})", rejected.reply_message);
  return refuse(std::move(rejected.reason), std::move(rejected.eap_failure));
}

Login::Step RelayedLogin::accept(radius::LoginAccepted accepted) {
  const auto granted = radius::Grant::from(accepted.attributes);
  if (!granted) return refuse(fmt::format("the RADIUS server grants what cannot be: {}", granted.error().to_string()));
  user_ = granted->user_name.value_or(accepted.user_name);
  const auto rule = rule_named(group_of(*granted, config_->rules));
  return let_in(with_grant(*rule, *granted), std::move(accepted.eap_success), "EAP, by RADIUS", std::move(accepted.msk), user_);
}

}  // namespace agilevpn::gateway
