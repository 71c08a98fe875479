// Who logs in by EAP: from the engine's question to the verdict on it.
#include <fmt/format.h>

#include "gateway/admission.h"
#include "gateway/checked_login.h"
#include "gateway/core.h"
#include "gateway/local_login.h"
#include "gateway/relayed_login.h"

namespace agilevpn::gateway {

using ike::wire::NotifyType;

void Gateway::Core::begin_login(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer) {
  const auto refuse = [&](std::string why) {
    events.push_back(PeerRefused{peer.peer, peer.path, why});
    endpoint.handle_answer(now, id, ike::Refused{NotifyType::AuthenticationFailed, std::move(why), {}});
  };
  if (config->eap_methods.empty() && config->radius.empty()) return refuse("it wants to log in by EAP, which this gateway does not offer");
  if (!config->certificate) return refuse("it wants to log in by EAP, and this gateway has no certificate to prove itself with first");
  Waiting& waiting = logins[peer.ike_sa];
  waiting.ask = id;
  auto local = local_identity(*config, peer);
  if (!config->radius.empty() && config->radius_checks_passwords)
    waiting.login = std::make_unique<CheckedLogin>(config, peer, std::move(local), accounting_id(peer.ike_sa));
  else if (config->radius.empty())
    waiting.login = std::make_unique<LocalLogin>(config, credentials, tls, peer, std::move(local), random);
  else
    waiting.login = std::make_unique<RelayedLogin>(config, peer, std::move(local), accounting_id(peer.ike_sa));
  take(now, peer.ike_sa, waiting, waiting.login->start());
}

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::ContinueEap& eap) {
  const auto found = logins.find(eap.ike_sa);
  if (found == logins.end())
    return endpoint.handle_answer(now, id, ike::Refused{NotifyType::AuthenticationFailed, "its login is over", {}});
  found->second.ask = id;
  take(now, eap.ike_sa, found->second, found->second.login->handle_packet(eap.packet, calendar(now)));
}

void Gateway::Core::handle_user(Instant now, ike::IkeSaId id, UserAnswer answer) {
  const auto found = logins.find(id);
  if (found != logins.end()) take(now, id, found->second, found->second.login->handle_user(std::move(answer)));
}

void Gateway::Core::handle_radius_answer(Instant now, radius::Answer answer) {
  const auto asked = radius_requests.find(answer.id);
  if (asked == radius_requests.end()) return;
  const ike::IkeSaId id = asked->second;
  radius_requests.erase(asked);
  const auto found = logins.find(id);
  if (found != logins.end()) take(now, id, found->second, found->second.login->handle_radius(std::move(answer)));
}

void Gateway::Core::take(Instant now, ike::IkeSaId id, Waiting& waiting, Login::Step step) {
  if (auto* answer = std::get_if<ike::Answer>(&step)) {
    conclude(now, id, *waiting.login, *answer);
    waiting.is_refused = std::holds_alternative<ike::Refused>(*answer);
    return endpoint.handle_answer(now, waiting.ask, std::move(*answer));
  }
  const Duration delay = guessing.delay(now, waiting.login->user(), waiting.login->peer().path.peer.address);
  if (delay > Duration{0}) return static_cast<void>(held_steps.emplace(now + delay, std::pair{id, std::move(step)}));
  ask(now, id, std::move(step));
}

void Gateway::Core::ask(Instant now, ike::IkeSaId id, Login::Step step) {
  if (auto* question = std::get_if<UserQuestion>(&step)) return user_asks.push_back({id, std::move(*question)});
  radius_requests[radius->send(now, std::get<radius::Request>(std::move(step)))] = id;
}

void Gateway::Core::conclude(Instant now, ike::IkeSaId id, const Login& login, const ike::Answer& answer) {
  if (const auto* refused = std::get_if<ike::Refused>(&answer)) {
    refuse_login(now, login, refused->reason);
  } else if (const auto* success = std::get_if<ike::EapSucceeded>(&answer)) {
    guessing.note_success(login.user(), login.peer().path.peer.address);
    Session session = new_session(now, id, login.rule(), *success->accepted->peer);
    session.user = login.kept_user();
    if (const radius::Grant* granted = login.granted()) {
      session.is_by_radius = true;
      session.classes = granted->classes;
      session.interim_interval = granted->interim_interval.value_or(0s);
    }
    sessions.admit(id, std::move(session));
  }
}

void Gateway::Core::refuse_login(Instant now, const Login& login, std::string why) {
  const Path& path = login.peer().path;
  guessing.note_failure(now, login.user(), path.peer.address);
  events.push_back(PeerRefused{ike::wire::Identity::parse(login.user()), path, std::move(why)});
}

void Gateway::Core::note_abandoned(Instant now, const ike::IkeSaClosed& fact) {
  const auto found = logins.find(fact.ike_sa);
  if (found == logins.end() || !found->second.login || found->second.is_refused) return;
  std::string why = found->second.login->complaint();
  if (why.empty()) why = fmt::format("it left in the middle of its login: {}", fact.detail);
  refuse_login(now, *found->second.login, std::move(why));
}

void Gateway::Core::release_held(Instant now) {
  while (!held_steps.empty() && held_steps.begin()->first <= now) {
    auto [id, step] = std::move(held_steps.extract(held_steps.begin()).mapped());
    ask(now, id, std::move(step));
  }
}

void Gateway::Core::forget_login(ike::IkeSaId id) {
  if (logins.erase(id) == 0) return;
  std::erase_if(held_steps, [&](const auto& held) { return held.second.first == id; });
  std::erase_if(radius_requests, [&](const auto& request) {
    if (request.second == id) radius->cancel(request.first);
    return request.second == id;
  });
}

}  // namespace agilevpn::gateway
