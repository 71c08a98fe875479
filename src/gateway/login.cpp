#include "gateway/login.h"

#include "gateway/admission.h"
#include "gateway/authorization.h"

namespace agilevpn::gateway {

using ike::wire::NotifyType;

ike::Answer Login::begin(Bytes request) const {
  ike::EapStarted started{.packet = std::move(request), .local = local_, .auth = {}};
  if (!is_alone()) started.auth = *config_->certificate;
  return started;
}

std::shared_ptr<const ConnectionRule> Login::rule_named(std::string_view name) const {
  return {config_, &gateway::rule_named(*config_, name)};
}

Login::Step Login::refuse(std::string why, Bytes eap_failure) {
  return ike::Refused{NotifyType::AuthenticationFailed, std::move(why), std::move(eap_failure)};
}

ike::EapSucceeded Login::let_in(std::shared_ptr<const ConnectionRule> rule, Bytes eap_success, std::string method,
                                Secret msk, const std::string& user, eap::Type by) {
  rule_ = std::move(rule);
  ike::EapSucceeded answer{.packet = std::move(eap_success), .method = std::move(method), .msk = std::move(msk)};
  answer.proves_server = eap::may_stand_alone(by);
  answer.accepted = grant(*config_, *rule_, Secret{}, local_, std::nullopt);
  answer.accepted->peer = ike::wire::Identity::parse(user);
  return answer;
}

}  // namespace agilevpn::gateway
