// What the engine asks: whether that is our gateway, who we are, and what the user answers.
#include <utility>

#include "client/core.h"

namespace agilevpn::client {

void Connection::Core::answer(Instant now, ike::AskId id, const ike::AuthenticatePeer& gateway) {
  if (!gateway.uses_certificate || profile.revocation == ike::Revocation::Off) return decide(now, id, gateway, nullptr);
  revocations.add(id, gateway);
  revocation_asks.push_back({id, gateway.peer, gateway.certificates});
}

void Connection::Core::handle_revocation(Instant now, ike::AskId id, const ike::RevocationAnswer& answer) {
  if (const auto gateway = revocations.take(id)) return decide(now, id, *gateway, &answer);
  if (!login || login_ask != id || question) return;
  login_ask.reset();
  take(now, id, login->handle_revocation(answer));
}

void Connection::Core::handle_user(Instant now, Secret answer) {
  if (!question) return;
  question.reset();
  timers.stop({Timer::Question});
  take(now, *std::exchange(login_ask, std::nullopt), login->handle_user(std::move(answer)));
}

// Not tried again by itself: the gateway may send the user a message with a code each time.
void Connection::Core::leave_question(Instant now) {
  std::string why = "nobody has answered what the gateway asks: " + *question;
  events.push_back(ConnectFailed{.reason = why, .retry_in = {}});
  fail(now, std::move(why));
}

void Connection::Core::decide(Instant now, ike::AskId id, const ike::AuthenticatePeer& gateway,
                              const ike::RevocationAnswer* revocation) {
  auto accepted = authenticate_gateway(profile, credentials, gateway, calendar(now), revocation);
  if (accepted) return endpoint.handle_answer(now, id, *std::move(accepted));
  refusal = accepted.error();
  endpoint.handle_answer(now, id, ike::Refused{ike::wire::NotifyType::AuthenticationFailed, refusal->reason});
}

void Connection::Core::answer(Instant now, ike::AskId id, const ike::ContinueEap& eap) {
  if (!login) login.emplace(profile, credentials, random, calendar(now));
  take(now, id, login->handle_packet(eap.packet));
}

void Connection::Core::take(Instant now, ike::AskId id, Login::Step step) {
  if (login->disbelief()) refusal = login->disbelief();
  if (auto* answer = std::get_if<ike::Answer>(&step)) return endpoint.handle_answer(now, id, std::move(*answer));
  login_ask = id;
  if (auto* asked = std::get_if<Login::AskUser>(&step)) {
    question = std::move(asked->prompt);
    timers[Timer::Question] = now + limits::question_longest;
    events.push_back(UserAsked{*question});
    return;
  }
  auto& ask = std::get<ike::RevocationAsk>(step);
  ask.id = id;
  revocation_asks.push_back(std::move(ask));
}

void Connection::Core::answer(Instant now, ike::AskId id, const ike::Sign& sign) {
  if (auto signature = credentials.sign(sign)) return endpoint.handle_answer(now, id, *std::move(signature));
  asks.push_back({id, sign});
}

void Connection::Core::answer(Instant now, ike::AskId id, const ike::AssignAddresses&) {
  endpoint.handle_answer(now, id,
                         ike::Refused{ike::wire::NotifyType::InternalAddressFailure, "a client leases no addresses"});
}

}  // namespace agilevpn::client
