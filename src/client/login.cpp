#include "client/login.h"

#include <fmt/format.h>

#include "eap/gtc_peer.h"
#include "eap/mschapv2_peer.h"


namespace agilevpn::client {

Login::Login(const Profile& profile, Random& random)
    : settings_(*profile.eap),
      random_(random),
      peer_(settings_.anonymous.empty() ? settings_.user : settings_.anonymous, settings_.methods,
            [this](eap::Type type) { return make_method(type); }) {}

ike::Answer Login::handle_packet(ByteView packet) {
  auto step = peer_.handle_packet(packet);
  while (const auto* question = std::get_if<eap::Question>(&step)) step = answer(*question);
  if (auto* send = std::get_if<eap::Peer::Send>(&step)) return ike::EapReply{std::move(send->packet)};
  if (auto* finished = std::get_if<eap::Peer::Finished>(&step)) return conclude(std::move(finished->outcome));
  return ike::Refused{.reason = fmt::format("the gateway's EAP packet makes no sense: {}", std::get<eap::Peer::Ignored>(step).why)};
}

eap::Peer::Step Login::answer(const eap::Question& question) {
  const auto* wanted = std::get_if<eap::AskPassword>(&question);
  if (wanted && !wanted->was_wrong && !settings_.password.empty())
    return peer_.handle_answer(eap::Password{settings_.password.copy()});
  return peer_.handle_answer(eap::Refused{wanted && wanted->was_wrong ? fmt::format("the password of {} is wrong", settings_.user)
                                                                      : "the profile has no password"});
}

ike::Answer Login::conclude(eap::Outcome outcome) const {
  if (outcome.is_success)
    return ike::EapSucceeded{.method = eap::to_string(peer_.method()), .msk = std::move(outcome.msk), .proves_server = outcome.proves_server};
  std::string why = outcome.error_for_user.empty() ? outcome.reason : outcome.error_for_user;
  if (!peer_.notification().empty()) why += fmt::format("; the gateway says: {}", peer_.notification());
  return ike::Refused{.reason = std::move(why)};
}

std::unique_ptr<eap::PeerMethod> Login::make_method(eap::Type type) const {
  if (type == eap::Type::Gtc) return std::make_unique<eap::GtcPeer>(settings_.user);
  if (type == eap::Type::MsChapV2 && settings_.mschap)
    return std::make_unique<eap::MsChapV2Peer>(*settings_.mschap, random_, settings_.user);
  return nullptr;
}

}  // namespace agilevpn::client
