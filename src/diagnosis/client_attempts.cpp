#include "diagnosis/client_attempts.h"

#include <fmt/format.h>

#include <utility>

#include "diagnosis/attempt.h"
#include "diagnosis/limits.h"

namespace agilevpn::diagnosis {

Step ClientAttempt::step() const {
  if (!was_answered) return refusals.empty() ? Step::Reaching : Step::Algorithms;
  if (is_established || is_about_address(refusals)) return Step::Tunnel;
  return closed && closed->reason == ike::IkeSaClosed::Reason::NoAnswer ? Step::Reaching : Step::Identities;
}

void ClientAttempts::handle_event(WallTime now, const client::Event& event) {
  now_ = now;
  std::visit([this](const auto& fact) { note(fact); }, event);
}

// One that nobody answered is given up without a word for the next one.
void ClientAttempts::note(const client::ConnectStarted& fact) {
  if (open_ && !open_->was_answered && now_ >= open_->began + 1s) keep(*std::move(open_));
  open_ = ClientAttempt{.began = now_, .address = fmt::format("{}, over {}", fact.path.peer.to_string(), fact.link)};
}

void ClientAttempts::note(const ike::IkeSaInitiated& fact) {
  if (open_ && !open_->ike_sa) open_->ike_sa = fact.ike_sa;
}

void ClientAttempts::note(const ike::IkeProposalChosen& fact) {
  if (is_open(fact.ike_sa)) open_->was_answered = true;
}

void ClientAttempts::note(const ike::IkeSaEstablished& fact) {
  if (is_open(fact.ike_sa)) open_->is_established = true;
}

void ClientAttempts::note(const ike::ChildSaEstablished& fact) {
  if (is_open(fact.ike_sa)) open_.reset();
}

void ClientAttempts::note(const ike::FragmentsLost& fact) {
  if (is_open(fact.ike_sa)) open_->fragments = fact;
}

void ClientAttempts::note(const ike::ExchangeRefused& fact) {
  if (is_open(fact.ike_sa) && open_->refusals.size() < limits::refusals_max) open_->refusals.push_back(fact);
}

void ClientAttempts::note(const ike::IkeSaClosed& fact) {
  if (is_open(fact.ike_sa)) open_->closed = fact;
}

void ClientAttempts::note(const client::ConnectFailed& fact) {
  ClientAttempt attempt = open_ ? *std::exchange(open_, std::nullopt) : ClientAttempt{.began = now_};
  attempt.failed = fact;
  keep(std::move(attempt));
}

void ClientAttempts::keep(ClientAttempt attempt) {
  attempt.at = now_;
  failed_ = std::move(attempt);
}

}  // namespace agilevpn::diagnosis
