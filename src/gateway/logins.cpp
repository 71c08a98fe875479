// Who logs in by EAP: from the engine's question to the verdict on it.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/admission.h"
#include "gateway/checked_login.h"
#include "gateway/core.h"
#include "gateway/limits.h"
#include "gateway/local_login.h"
#include "gateway/relayed_login.h"

namespace agilevpn::gateway {

using ike::wire::NotifyType;

namespace {

constexpr std::string_view too_many = "too many wrong passwords wait for an answer; this one was not looked at";

// Whether a password is tried now.
bool is_guess(const Login::Step& step, bool is_counted) {
  const auto* question = std::get_if<UserQuestion>(&step);
  if (!question) return !is_counted;
  const auto* find = std::get_if<FindUser>(question);
  return !find || find->is_guess;
}

}  // namespace

void Gateway::Core::begin_login(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer) {
  const auto refuse = [&](Refusal cause, std::string why) {
    refuse_peer({peer.peer, peer.path, why, peer.ike_sa, cause, {}}, {});
    endpoint.handle_answer(now, id, ike::Refused{NotifyType::AuthenticationFailed, std::move(why), {}});
  };
  if (config->eap_methods.empty() && config->radius.empty()) return refuse(Refusal::NoEap, "it wants to log in by EAP, which this gateway does not offer");
  if (!config->certificate) return refuse(Refusal::NoOwnCertificate, "it wants to log in by EAP, and this gateway has no certificate to prove itself with first");
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
  found->second.has_answered = true;
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
  if (!is_guess(step, waiting.is_counted)) return ask(now, id, std::move(step));
  const Login& login = *waiting.login;
  const IpAddress& from = login.peer().path.peer.address;
  const Duration delay = guessing.delay(now, login.user(), from);
  if (delay > Duration{0} && count_held(login) >= limits::guesses_waiting)
    return take(now, id, waiting, ike::Answer{ike::Refused{NotifyType::AuthenticationFailed, std::string{too_many}, {}}});
  guessing.note_try(now, login.user(), from);
  waiting.is_counted = true;
  if (delay > Duration{0}) {
    events.push_back(LoginDelayed{id, login.user(), login.peer().path, delay});
    return static_cast<void>(held_steps.emplace(now + delay, std::pair{id, std::move(step)}));
  }
  ask(now, id, std::move(step));
}

// How many wait for the same name from the same place.
std::size_t Gateway::Core::count_held(const Login& login) const {
  const auto is_same = [&](const auto& held) {
    const Login& other = *logins.at(held.second.first).login;
    return Guessing::name_of(other.user()) == Guessing::name_of(login.user()) &&
           Guessing::network_of(other.peer().path.peer.address) == Guessing::network_of(login.peer().path.peer.address);
  };
  return static_cast<std::size_t>(std::ranges::count_if(held_steps, is_same));
}

void Gateway::Core::ask(Instant now, ike::IkeSaId id, Login::Step step) {
  if (auto* question = std::get_if<UserQuestion>(&step)) return user_asks.push_back({id, std::move(*question)});
  radius_requests[radius->send(now, std::get<radius::Request>(std::move(step)))] = id;
}

void Gateway::Core::conclude(Instant now, ike::IkeSaId id, const Login& login, const ike::Answer& answer) {
  if (const auto* refused = std::get_if<ike::Refused>(&answer)) {
    refuse_login(login, refused->reason, login.cause());
  } else if (const auto* success = std::get_if<ike::EapSucceeded>(&answer)) {
    guessing.note_success(login.user(), login.peer().path.peer.address);
    Session session = new_session(now, id, login.rule(), *success->accepted->peer, login.method());
    session.from = login.peer().path.peer.address;
    session.is_kept = login.is_kept();
    if (const radius::Grant* granted = login.granted()) {
      session.is_by_radius = true;
      session.classes = granted->classes;
      session.interim_interval = granted->interim_interval.value_or(0s);
    }
    sessions.admit(id, std::move(session));
  }
}

void Gateway::Core::refuse_login(const Login& login, std::string why, Refusal cause) {
  refuse_peer({ike::wire::Identity::parse(login.user()), login.peer().path, std::move(why), login.peer().ike_sa, cause, {}}, {});
}

void Gateway::Core::note_abandoned(const ike::IkeSaClosed& fact) {
  const auto found = logins.find(fact.ike_sa);
  if (found == logins.end() || !found->second.login || found->second.is_refused) return;
  const Login& login = *found->second.login;
  std::string why = login.complaint();
  if (!why.empty()) return refuse_login(login, std::move(why), login.cause());
  const auto is_its = [&](const auto& request) { return request.second == fact.ike_sa; };
  if (std::ranges::any_of(radius_requests, is_its))
    return refuse_login(login, "no RADIUS server answered before it left", Refusal::RadiusSilent);
  why = fmt::format("it left in the middle of its login: {}", fact.detail);
  refuse_login(login, std::move(why), found->second.has_answered ? Refusal::Left : Refusal::LeftAtOnce);
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
