#include "gateway/logins.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/pop.h"
#include "base/timers.h"
#include "gateway/admission.h"
#include "gateway/checked_login.h"
#include "gateway/granted_rule.h"
#include "gateway/limits.h"
#include "gateway/local_login.h"
#include "gateway/parts.h"
#include "gateway/relayed_login.h"
#include "gateway/ticketed_login.h"

namespace agilevpn::gateway {

using ike::wire::NotifyType;

namespace {

constexpr std::string_view too_many = "too many wrong passwords wait for an answer; this one was not looked at";

// Whose password is tried now, if one is. Within EAP-TTLS and PEAP it is another than the one outside, which costs nothing
// to make up. `before`: whose was tried before in this login; a RADIUS server does not say with which packet it looks at
// one, nor whom it was told of inside.
std::optional<std::string> guess_in(const Login::Step& step, const Login& login,
                                    const std::optional<std::string>& before) {
  if (const auto* question = std::get_if<UserQuestion>(&step)) {
    if (const auto* check = std::get_if<CheckPassword>(question)) return check->name;
    const auto* find = std::get_if<FindUser>(question);
    return find && find->is_guess ? std::optional{find->name} : std::nullopt;
  }
  if (!std::holds_alternative<radius::Request>(step) || before) return std::nullopt;
  return Guessing::name_of(login.user()) == "anonymous" ? std::string{} : login.user();
}

}  // namespace

Logins::Logins(std::shared_ptr<const Config> config, const ike::Credentials& credentials, Random& random)
    : config_(std::move(config)),
      credentials_(credentials),
      tls_(make_tls_context(*config_, credentials)),
      random_(random),
      radius_(make_radius_client(*config_, random)) {}

void Logins::reconfigure(std::shared_ptr<const Config> config) {
  config_ = std::move(config);
  tls_ = make_tls_context(*config_, credentials_);
}

void Logins::begin(Instant now, ike::AskId ask, const ike::AuthenticatePeer& peer, const std::string& session_id) {
  const auto refuse_peer = [&](Refusal cause, std::string why) {
    refuse(conclusions_, ask, {{peer.peer, peer.path, std::move(why), peer.ike_sa, cause, {}}, {}});
  };
  if (config_->eap_methods.empty() && config_->radius.empty())
    return refuse_peer(Refusal::NoEap, "it wants to log in by EAP, which this gateway does not offer");
  auto login = make_login(peer, session_id);
  if (!config_->certificate && !login->is_alone())
    return refuse_peer(Refusal::NoOwnCertificate,
                       "it wants to log in by EAP, and this gateway has no certificate to prove itself with first");
  Waiting& waiting = logins_[peer.ike_sa];
  waiting.ask = ask;
  waiting.login = std::move(login);
  take(now, peer.ike_sa, waiting, waiting.login->start());
}

std::unique_ptr<Login> Logins::make_login(const ike::AuthenticatePeer& peer, const std::string& session_id) const {
  auto local = local_identity(*config_, peer);
  if (config_->radius.empty())
    return std::make_unique<LocalLogin>(config_, credentials_, tls_, peer, std::move(local), random_);
  if (config_->radius_checks_passwords)
    return std::make_unique<CheckedLogin>(config_, peer, std::move(local), session_id);
  return std::make_unique<RelayedLogin>(config_, peer, std::move(local), session_id);
}

void Logins::handle_packet(Instant now, WallTime date, ike::AskId ask, const ike::ContinueEap& eap) {
  const auto found = logins_.find(eap.ike_sa);
  if (found == logins_.end()) {
    conclusions_.emplace_back(Reply{ask, ike::Refused{NotifyType::AuthenticationFailed, "its login is over", {}}});
    return;
  }
  found->second.ask = ask;
  found->second.has_answered = true;
  take(now, eap.ike_sa, found->second, found->second.login->handle_packet(eap.packet, date));
}

void Logins::handle_user(Instant now, ike::IkeSaId id, UserAnswer answer) {
  const auto found = logins_.find(id);
  if (found != logins_.end()) take(now, id, found->second, found->second.login->handle_user(std::move(answer)));
}

void Logins::handle_revocation(Instant now, ike::AskId ask, const ike::RevocationAnswer& answer) {
  const auto is_its = [&](const auto& login) { return login.second.is_in_doubt && login.second.ask == ask; };
  const auto found = std::ranges::find_if(logins_, is_its);
  if (found == logins_.end()) return;
  found->second.is_in_doubt = false;
  take(now, found->first, found->second, found->second.login->handle_revocation(answer));
}

void Logins::handle_radius_answer(Instant now, radius::Answer answer) {
  const auto asked = radius_requests_.extract(answer.id);
  if (asked.empty()) return;
  const auto found = logins_.find(asked.mapped());
  if (found != logins_.end())
    take(now, found->first, found->second, found->second.login->handle_radius(std::move(answer)));
}

void Logins::handle_timeout(Instant now) {
  if (radius_) radius_->handle_timeout(now);
  while (!held_steps_.empty() && held_steps_.begin()->first <= now) {
    auto [id, step] = std::move(held_steps_.extract(held_steps_.begin()).mapped());
    ask(now, id, std::move(step));
  }
}

void Logins::handle_closed(const ike::IkeSaClosed& fact) {
  const auto found = logins_.find(fact.ike_sa);
  if (found != logins_.end() && !found->second.is_refused) refuse_abandoned(found->second, fact);
  forget(fact.ike_sa);
}

void Logins::refuse_abandoned(const Waiting& waiting, const ike::IkeSaClosed& fact) {
  const Login& login = *waiting.login;
  std::string why = login.complaint();
  if (!why.empty()) return refuse_login(login, std::move(why), login.cause());
  const auto is_its = [&](const auto& request) { return request.second == fact.ike_sa; };
  if (std::ranges::any_of(radius_requests_, is_its))
    return refuse_login(login, "no RADIUS server answered before it left", Refusal::RadiusSilent);
  if (waiting.patience && fact.reason == ike::IkeSaClosed::Reason::Expired)
    return refuse_login(login,
                        fmt::format("nobody answered within the {} s that the RADIUS server waits (Session-Timeout)",
                                    std::chrono::floor<std::chrono::seconds>(*waiting.patience).count()),
                        Refusal::Left);
  why = fmt::format("it left in the middle of its login: {}", fact.detail);
  refuse_login(login, std::move(why), waiting.has_answered ? Refusal::Left : Refusal::LeftAtOnce);
}

void Logins::note_refused(ike::IkeSaId id) {
  if (const auto found = logins_.find(id); found != logins_.end()) found->second.is_refused = true;
}

void Logins::forget(ike::IkeSaId id) {
  if (logins_.erase(id) == 0) return;
  std::erase_if(held_steps_, [&](const auto& held) { return held.second.first == id; });
  std::erase_if(radius_requests_, [&](const auto& request) {
    if (request.second == id) radius_->cancel(request.first);
    return request.second == id;
  });
}

std::optional<Conclusion> Logins::poll_conclusion() { return pop(conclusions_); }

std::optional<Instant> Logins::poll_timeout() const {
  std::optional<Instant> next;
  if (radius_) take_earlier(next, radius_->poll_timeout());
  if (!held_steps_.empty()) take_earlier(next, held_steps_.begin()->first);
  return next;
}

void Logins::take(Instant now, ike::IkeSaId id, Waiting& waiting, Login::Step step) {
  if (auto* answer = std::get_if<ike::Answer>(&step)) {
    conclude(now, id, waiting, *answer);
    waiting.is_refused = std::holds_alternative<ike::Refused>(*answer);
    const auto* reply = std::get_if<ike::EapReply>(answer);
    waiting.patience = reply ? reply->patience : std::nullopt;
    conclusions_.emplace_back(Reply{waiting.ask, std::move(*answer)});
    return;
  }
  const Login& login = *waiting.login;
  const auto name = guess_in(step, login, waiting.guess);
  if (!name) return ask(now, id, std::move(step));
  const IpAddress& from = login.peer().path.peer.address;
  const Duration delay = guessing_.delay(now, *name, from);
  if (delay > Duration{0} && count_held(*name, login) >= limits::guesses_waiting)
    return take(now, id, waiting,
                ike::Answer{ike::Refused{NotifyType::AuthenticationFailed, std::string{too_many}, {}}});
  guessing_.note_try(now, *name, from);
  waiting.guess = name;
  if (delay > Duration{0}) {
    conclusions_.emplace_back(Event{LoginDelayed{id, *name, login.peer().path, delay}});
    return static_cast<void>(held_steps_.emplace(now + delay, std::pair{id, std::move(step)}));
  }
  ask(now, id, std::move(step));
}

// How many wait for the same name from the same place.
std::size_t Logins::count_held(const std::string& name, const Login& login) const {
  if (Guessing::name_of(name).empty()) return 0;
  const auto is_same = [&](const auto& held) {
    const Waiting& other = logins_.at(held.second.first);
    return Guessing::name_of(*other.guess) == Guessing::name_of(name) &&
           network_of(other.login->peer().path.peer.address) == network_of(login.peer().path.peer.address);
  };
  return static_cast<std::size_t>(std::ranges::count_if(held_steps_, is_same));
}

void Logins::ask(Instant now, ike::IkeSaId id, Login::Step step) {
  if (auto* question = std::get_if<UserQuestion>(&step)) {
    conclusions_.emplace_back(UserAsk{id, std::move(*question)});
    return;
  }
  if (auto* doubt = std::get_if<ike::RevocationAsk>(&step)) {
    Waiting& waiting = logins_.at(id);
    waiting.is_in_doubt = true;
    doubt->id = waiting.ask;
    conclusions_.emplace_back(std::move(*doubt));
    return;
  }
  radius_requests_[radius_->send(now, std::get<radius::Request>(std::move(step)))] = id;
}

void Logins::conclude(Instant now, ike::IkeSaId id, const Waiting& waiting, const ike::Answer& answer) {
  if (const auto* refused = std::get_if<ike::Refused>(&answer))
    refuse_login(*waiting.login, refused->reason, waiting.login->cause());
  if (const auto* success = std::get_if<ike::EapSucceeded>(&answer)) let_in(now, id, waiting, *success);
}

void Logins::let_in(Instant now, ike::IkeSaId id, const Waiting& waiting, const ike::EapSucceeded& success) {
  const Login& login = *waiting.login;
  const IpAddress& from = login.peer().path.peer.address;
  if (waiting.guess) guessing_.note_success(*waiting.guess, from);
  Session session = new_session(now, *config_, login.rule(), *success.accepted->peer, login.method());
  session.from = from;
  session.certificates = login.certificates();
  session.fingerprint = fingerprint_of(session.certificates);
  session.is_kept = login.is_kept();
  if (const radius::Grant* granted = login.granted()) {
    session.is_by_radius = true;
    session.classes = granted->classes;
    session.interim_interval = granted->interim_interval.value_or(0s);
    session.granted = *granted;
    session.named = groups_named(*granted, config_->rules);
  }
  if (may_resume(session)) session.login_id = random_.public_bytes(limits::login_id_size);
  conclusions_.emplace_back(LetIn{id, std::move(session)});
}

void Logins::refuse_login(const Login& login, std::string why, Refusal cause) {
  conclusions_.emplace_back(
      NotLetIn{{ike::wire::Identity::parse(login.user()), login.peer().path, std::move(why), login.peer().ike_sa, cause,
                login.certificate_fault(), login.kept_name(), login.group_fault()},
               fingerprint_of(login.certificates())});
}

}  // namespace agilevpn::gateway
