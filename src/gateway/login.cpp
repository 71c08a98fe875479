#include "gateway/login.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "eap/gtc_server.h"
#include "eap/mschapv2_server.h"
#include "gateway/admission.h"

namespace agilevpn::gateway {

using ike::wire::NotifyType;

Login::Login(std::shared_ptr<const Config> config, const ike::Credentials& credentials, ike::AuthenticatePeer peer,
             ike::wire::Identity local, Random& random)
    : config_(std::move(config)),
      credentials_(credentials),
      peer_(std::move(peer)),
      local_(std::move(local)),
      random_(random),
      authenticator_([this](eap::Type type, const std::string&) { return make_method(type); }) {}

std::string Login::user() const {
  if (user_) return user_->name;
  return authenticator_.identity().empty() ? peer_.peer.to_string() : authenticator_.identity();
}

Login::Step Login::start() { return advance(authenticator_.start()); }

Login::Step Login::handle_packet(ByteView packet, WallTime) { return advance(authenticator_.handle_packet(packet)); }

Login::Step Login::advance(eap::Authenticator::Step step) {
  using Eap = eap::Authenticator;
  if (auto* question = std::get_if<eap::Question>(&step)) return ask(std::move(*question));
  if (auto* finished = std::get_if<Eap::Finished>(&step)) return finish(std::move(*finished));
  // IKE answers every message, so what EAP ignores is asked again.
  auto* send = std::get_if<Eap::Send>(&step);
  Bytes packet = send ? std::move(send->packet) : authenticator_.request();
  if (std::exchange(is_started_, true)) return ike::EapReply{std::move(packet)};
  return ike::EapStarted{.packet = std::move(packet), .local = local_, .auth = *config_->certificate};
}

Login::Step Login::ask(eap::Question question) {
  if (std::holds_alternative<eap::ChooseMethods>(question))
    return advance(authenticator_.handle_answer(eap::OfferMethods{config_->eap_methods}));
  if (auto* find = std::get_if<eap::FindPassword>(&question)) {
    wants_hash_ = true;
    return FindUser{std::move(find->user)};
  }
  if (auto* check = std::get_if<eap::CheckPassword>(&question))
    return CheckPassword{std::move(check->user), std::move(check->password)};
  return advance(authenticator_.handle_answer(eap::Refused{"a gateway has no password of its own"}));
}

Login::Step Login::handle_user(UserAnswer answer) {
  if (success_) {  // Who has a certificate need not be a kept user; who is one must be allowed in.
    if (!answer && !answer.error().is_unknown)
      return ike::Refused{NotifyType::AuthenticationFailed, answer.error().reason, {}};
    if (answer) user_ = std::move(*answer);
    return let_in();
  }
  const bool wants_hash = std::exchange(wants_hash_, false);
  if (!answer && wants_hash) return advance(authenticator_.handle_answer(eap::Refused{answer.error().reason}));
  if (!answer) return advance(authenticator_.handle_answer(eap::PasswordVerdict{}));
  user_ = std::move(*answer);
  if (!wants_hash) return advance(authenticator_.handle_answer(eap::PasswordVerdict{.is_right = true}));
  if (user_->nt_hash.empty())
    return advance(authenticator_.handle_answer(
        eap::Refused{fmt::format("no password of {} is kept that MSCHAPv2 can be checked with", user_->name)}));
  return advance(authenticator_.handle_answer(eap::PasswordHash{user_->nt_hash.copy()}));
}

Login::Step Login::finish(eap::Authenticator::Finished finished) {
  if (!finished.outcome.is_success)
    return ike::Refused{NotifyType::AuthenticationFailed, std::move(finished.outcome.reason), std::move(finished.packet)};
  success_ = std::move(finished);
  if (user_) return let_in();
  return FindUser{success_->outcome.user};
}

Login::Step Login::let_in() {
  const auto of_group = std::ranges::find_if(config_->rules, [&](const ConnectionRule& r) { return user_ && r.name == user_->group; });
  if (of_group != config_->rules.end()) rule_ = &*of_group;
  if (!rule_) rule_ = &config_->rules.back();
  ike::EapSucceeded answer{.packet = std::move(success_->packet),
                           .method = eap::to_string(authenticator_.method()),
                           .msk = std::move(success_->outcome.msk)};
  answer.accepted = grant(*config_, *rule_, Secret{}, local_, std::nullopt);
  answer.accepted->peer = ike::wire::Identity::parse(user_ ? user_->name : success_->outcome.user);
  return answer;
}

std::unique_ptr<eap::ServerMethod> Login::make_method(eap::Type type) {
  if (type == eap::Type::Gtc) return std::make_unique<eap::GtcServer>(user());
  if (type == eap::Type::MsChapV2 && config_->mschap)
    return std::make_unique<eap::MsChapV2Server>(*config_->mschap, random_, eap::MsChapV2Server::Settings{.name = config_->name});
  return nullptr;
}

}  // namespace agilevpn::gateway
