// Who logs in by EAP: from the engine's question to the verdict on it.
#include <fmt/format.h>

#include "gateway/admission.h"
#include "gateway/core.h"

namespace agilevpn::gateway {

using ike::wire::NotifyType;

void Gateway::Core::begin_login(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer) {
  const auto refuse = [&](std::string why) {
    events.push_back(PeerRefused{peer.peer, peer.path, why});
    endpoint.handle_answer(now, id, ike::Refused{NotifyType::AuthenticationFailed, std::move(why), {}});
  };
  if (config->eap_methods.empty()) return refuse("it wants to log in by EAP, which this gateway does not offer");
  if (!config->certificate) return refuse("it wants to log in by EAP, and this gateway has no certificate to prove itself with first");
  const auto [waiting, is_new] =
      logins.try_emplace(peer.ike_sa, id, config, credentials, peer, local_identity(*config, peer), random);
  take(now, peer.ike_sa, waiting->second, waiting->second.login.start());
}

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::ContinueEap& eap) {
  const auto found = logins.find(eap.ike_sa);
  if (found == logins.end())
    return endpoint.handle_answer(now, id, ike::Refused{NotifyType::AuthenticationFailed, "its login is over", {}});
  found->second.ask = id;
  take(now, eap.ike_sa, found->second, found->second.login.handle_packet(eap.packet, calendar(now)));
}

void Gateway::Core::handle_user(Instant now, ike::IkeSaId id, UserAnswer answer) {
  const auto found = logins.find(id);
  if (found != logins.end()) take(now, id, found->second, found->second.login.handle_user(std::move(answer)));
}

void Gateway::Core::take(Instant now, ike::IkeSaId id, Waiting& waiting, Login::Step step) {
  if (auto* question = std::get_if<UserQuestion>(&step)) return ask_user(now, id, waiting.login, std::move(*question));
  auto& answer = std::get<ike::Answer>(step);
  conclude(now, id, waiting.login, answer);
  endpoint.handle_answer(now, waiting.ask, std::move(answer));
}

void Gateway::Core::ask_user(Instant now, ike::IkeSaId id, const Login& login, UserQuestion question) {
  const Duration delay = guessing.delay(now, login.user(), login.peer().path.peer.address);
  if (delay == Duration{0}) return user_asks.push_back({id, std::move(question)});
  held_asks.emplace(now + delay, UserAsk{id, std::move(question)});
}

void Gateway::Core::conclude(Instant now, ike::IkeSaId id, const Login& login, const ike::Answer& answer) {
  const ike::AuthenticatePeer& peer = login.peer();
  if (const auto* refused = std::get_if<ike::Refused>(&answer)) {
    guessing.note_failure(now, login.user(), peer.path.peer.address);
    events.push_back(PeerRefused{ike::wire::Identity::parse(login.user()), peer.path, refused->reason});
  } else if (const auto* success = std::get_if<ike::EapSucceeded>(&answer)) {
    guessing.note_success(login.user(), peer.path.peer.address);
    sessions.admit(id, {.rule = {config, login.rule()},
                        .peer = *success->accepted->peer,
                        .user = login.kept_user(),
                        .since = now,
                        .last_traffic = now});
  }
}

void Gateway::Core::release_asks(Instant now) {
  while (!held_asks.empty() && held_asks.begin()->first <= now)
    user_asks.push_back(std::move(held_asks.extract(held_asks.begin()).mapped()));
}

void Gateway::Core::forget_login(ike::IkeSaId id) {
  logins.erase(id);
  std::erase_if(held_asks, [&](const auto& held) { return held.second.ike_sa == id; });
}

}  // namespace agilevpn::gateway
