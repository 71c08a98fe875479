#include "gateway/relayed_login.h"

#include <fmt/format.h>

#include "eap/identity.h"
#include "eap/packet.h"
#include "gateway/granted_rule.h"

namespace agilevpn::gateway {

RelayedLogin::RelayedLogin(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer, ike::wire::Identity local,
                           std::string session_id)
    : Login(std::move(config), std::move(peer), std::move(local)),
      relay_({.called_station = config_->name,
              .calling_station = this->peer().path.peer.address.to_string(),
              .port_id = {},
              .session_id = std::move(session_id)}),
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
  const bool is_silent = std::holds_alternative<radius::Unreachable>(answer.result);
  cause_ = is_silent ? Refusal::RadiusSilent : Refusal::RadiusReject;
  auto step = relay_.handle_answer(std::move(answer));
  if (auto* next = std::get_if<radius::EapPacket>(&step)) return handle_request(std::move(*next));
  if (auto* accepted = std::get_if<radius::LoginAccepted>(&step)) return accept(std::move(*accepted));
  auto& rejected = std::get<radius::LoginRejected>(step);
  if (!rejected.reply_message.empty()) rejected.reason += fmt::format(" (it says: {})", rejected.reply_message);
  return refuse(std::move(rejected.reason), std::move(rejected.eap_failure));
}

Login::Step RelayedLogin::handle_request(radius::EapPacket next) {
  const auto request = eap::decode(next.packet);
  if (request && request->type != eap::Type::Notification) method_ = request->type;
  return ike::EapReply{.packet = std::move(next.packet), .patience = next.patience};
}

Login::Step RelayedLogin::accept(radius::LoginAccepted accepted) {
  if (is_alone() && (!eap::may_stand_alone(method_) || accepted.msk.empty()))
    return refuse(fmt::format(
        "it was shown no certificate (eap-only), and {} at the RADIUS server does not prove who we are or makes no key",
        eap::to_string(method_)));
  cause_ = Refusal::RadiusGrant;  // Unless all of it can be.
  auto granted = radius::Grant::from(accepted.attributes);
  if (!granted) return refuse(fmt::format("the RADIUS server grants what cannot be: {}", granted.error().to_string()));
  auto rule = with_grant(*config_, group_of(*granted, config_->rules), *granted);
  if (!rule) return refuse(fmt::format("the RADIUS server grants what cannot be: {}", rule.error()));
  granted_ = *std::move(granted);
  user_ = granted_->user_name.value_or(accepted.user_name);
  return let_in(*std::move(rule), std::move(accepted.eap_success),
                fmt::format("{}, by RADIUS", eap::to_string(method_)), std::move(accepted.msk), user_, method_);
}

}  // namespace agilevpn::gateway
