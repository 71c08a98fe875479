#include "gateway/eap_server_login.h"

#include <utility>

namespace agilevpn::gateway {

EapServerLogin::EapServerLogin(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer,
                               ike::wire::Identity local, eap::Authenticator::MakeMethod make_method)
    : Login(std::move(config), std::move(peer), std::move(local)), authenticator_(std::move(make_method)) {}

std::string EapServerLogin::user() const {
  return authenticator_.identity().empty() ? peer().peer.to_string() : authenticator_.identity();
}

Login::Step EapServerLogin::handle_packet(ByteView packet, WallTime) {
  return advance(authenticator_.handle_packet(packet));
}

Refusal EapServerLogin::refusal_of(eap::FailureCause cause) {
  switch (cause) {
    case eap::FailureCause::WrongPassword: return Refusal::WrongPassword;
    case eap::FailureCause::NoMethod: return Refusal::NoMethod;
    case eap::FailureCause::MethodRefused: return Refusal::MethodRefused;
    case eap::FailureCause::Other: break;
  }
  return Refusal::Other;
}

Login::Step EapServerLogin::advance(eap::Authenticator::Step step) {
  using Eap = eap::Authenticator;
  if (auto* question = std::get_if<eap::Question>(&step)) return ask(std::move(*question));
  if (auto* finished = std::get_if<Eap::Finished>(&step)) return finish(std::move(*finished));
  // IKE answers every message, so what EAP ignores is asked again.
  auto* send = std::get_if<Eap::Send>(&step);
  Bytes packet = send ? std::move(send->packet) : authenticator_.request();
  if (std::exchange(is_started_, true)) return ike::EapReply{std::move(packet)};
  return begin(std::move(packet));
}

}  // namespace agilevpn::gateway
