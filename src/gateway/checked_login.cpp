#include "gateway/checked_login.h"

#include <fmt/format.h>

#include "eap/gtc_server.h"
#include "gateway/granted_rule.h"
#include "radius/limits.h"

namespace agilevpn::gateway {

namespace {

std::string reply_message_of(const radius::Attributes& attributes) {
  std::string message;
  for (const ByteView part : attributes.all(radius::Type::ReplyMessage)) message += to_text(part);
  return message;
}

}  // namespace

CheckedLogin::CheckedLogin(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer, ike::wire::Identity local,
                           std::string session_id)
    : EapServerLogin(std::move(config), std::move(peer), std::move(local),
                     [this](eap::Type type, const std::string&) -> std::unique_ptr<eap::ServerMethod> {
                       return type == eap::Type::Gtc ? std::make_unique<eap::GtcServer>(user()) : nullptr;
                     }),
      session_id_(std::move(session_id)) {}

Login::Step CheckedLogin::ask(eap::Question question) {
  if (std::holds_alternative<eap::ChooseMethods>(question)) return tell(eap::OfferMethods{{eap::Type::Gtc}});
  if (auto* check = std::get_if<eap::CheckPassword>(&question))
    return make_request(std::move(check->user), std::move(check->password));
  return tell(eap::Refused{"only a RADIUS server knows the passwords"});
}

radius::Request CheckedLogin::make_request(std::string user, Secret password) const {
  using radius::Type;
  radius::Request request{
      .code = radius::Code::AccessRequest, .attributes = {}, .user_password = std::move(password), .server = server_};
  const auto add_text = [&](Type type, std::string_view text) {
    request.attributes.add_text(type, text.substr(0, radius::limits::value_largest));
  };
  add_text(Type::UserName, user);
  add_text(Type::CalledStationId, config_->name);
  add_text(Type::CallingStationId, peer().path.peer.address.to_string());
  add_text(Type::AcctSessionId, session_id_);
  request.attributes.add_enum(Type::ServiceType, radius::ServiceType::Framed);
  request.attributes.add_enum(Type::NasPortType, radius::NasPortType::Virtual);
  if (state_) request.attributes.add(Type::State, *state_);
  return request;
}

Login::Step CheckedLogin::handle_radius(radius::Answer answer) {
  if (std::holds_alternative<radius::Challenge>(answer.result)) server_ = answer.server;
  if (auto* accept = std::get_if<radius::Accept>(&answer.result)) return take(std::move(*accept));
  if (auto* challenge = std::get_if<radius::Challenge>(&answer.result)) return take(std::move(*challenge));
  if (auto* unreachable = std::get_if<radius::Unreachable>(&answer.result)) {
    cause_ = Refusal::RadiusSilent;
    return tell(eap::Refused{std::move(unreachable->why)});
  }
  cause_ = Refusal::RadiusReject;
  const auto* reject = std::get_if<radius::Reject>(&answer.result);
  const std::string message = reject ? reply_message_of(reject->attributes) : std::string{};
  return tell(eap::Refused{fmt::format("the RADIUS server rejected {}{}", user(),
                                       message.empty() ? "" : fmt::format(" (it says: {})", message))});
}

Login::Step CheckedLogin::take(radius::Accept accept) {
  cause_ = Refusal::RadiusGrant;  // Unless all of it can be.
  auto granted = radius::Grant::from(accept.attributes);
  if (!granted) return refuse(fmt::format("the RADIUS server grants what cannot be: {}", granted.error().to_string()));
  auto rule = with_grant(*config_, group_of(*granted, config_->rules), *granted);
  if (!rule) return refuse(fmt::format("the RADIUS server grants what cannot be: {}", rule.error()));
  granted_rule_ = *std::move(rule);
  granted_ = *std::move(granted);
  cause_ = {};
  return tell(eap::PasswordVerdict{.is_right = true, .challenge = {}});
}

Login::Step CheckedLogin::take(radius::Challenge challenge) {
  const radius::Attribute* const state = challenge.attributes.find(radius::Type::State);
  state_ = state ? std::optional{state->value} : std::nullopt;
  const auto patience = radius::patience_of(challenge.attributes);
  std::string prompt = reply_message_of(challenge.attributes);
  if (prompt.empty()) prompt = "Code: ";
  Step step = tell(eap::PasswordVerdict{.is_right = false, .challenge = std::move(prompt)});
  if (auto* answer = std::get_if<ike::Answer>(&step))
    if (auto* reply = std::get_if<ike::EapReply>(answer)) reply->asks_person = true, reply->patience = patience;
  return step;
}

Login::Step CheckedLogin::finish(eap::Authenticator::Finished finished) {
  if (cause_ == Refusal::Other) cause_ = refusal_of(finished.outcome.cause);
  if (!finished.outcome.is_success || !granted_)
    return refuse(std::move(finished.outcome.reason), std::move(finished.packet));
  return let_in(std::move(granted_rule_), std::move(finished.packet), "EAP-GTC, by RADIUS",
                std::move(finished.outcome.msk), granted_->user_name.value_or(user()), eap_method());
}

}  // namespace agilevpn::gateway
