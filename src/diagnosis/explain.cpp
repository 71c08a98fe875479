#include "diagnosis/explain.h"

#include <fmt/format.h>

#include "diagnosis/algorithms.h"
#include "diagnosis/causes.h"
#include "ike/wire/microsoft_status.h"

namespace agilevpn::diagnosis {

namespace {

constexpr Cause unknown_cause{
    "unknown", "it ended, and nothing tells more", nullptr, Symptom::Nothing,
    [](const Facts&) -> std::vector<std::string> { return {"look at its messages: agilevpn log --ike"}; }};

std::vector<const Cause*> causes_of(const Facts& facts) {
  std::vector<const Cause*> found;
  for (const auto& table : {reaching_causes(), algorithm_causes(), identity_causes(), certificate_causes(),
                            login_causes(), tunnel_causes()})
    for (const Cause& cause : table)
      if (cause.is_it(facts)) found.push_back(&cause);
  if (found.empty()) found.push_back(&unknown_cause);
  return found;
}

// The two sides' algorithms, or selectors, where they did not fit.
void show_sides(const Facts& facts, Diagnosis& out) {
  const Attempt& attempt = facts.attempt;
  using ike::wire::NotifyType;
  if (out.step == Step::Algorithms) {
    out.offered = by_kind(attempt.offer.proposals);
    out.allowed = by_kind(facts.config.policy.ike);
  } else if (attempt.auth && attempt.refusal(NotifyType::NoProposalChosen, false)) {
    out.offered = by_kind(attempt.auth->esp);
    out.allowed = by_kind(facts.config.policy.esp);
  } else if (attempt.auth && attempt.refusal(NotifyType::TsUnacceptable, false)) {
    out.offered = {fmt::format("{} to {}", to_string(attempt.auth->ts_i), to_string(attempt.auth->ts_r))};
    for (const gateway::ConnectionRule& rule : facts.config.rules) {
      TrafficSelectors routes;
      for (const IpPrefix& route : rule.routes) routes.push_back(TrafficSelector::of(route));
      out.allowed.push_back(fmt::format("{}: to {}", rule.title(), to_string(routes)));
    }
  }
}

}  // namespace

Diagnosis explain(const Attempt& attempt, const gateway::Config& config) {
  const ike::PeerGuess guess = ike::recognize(attempt.offer, attempt.auth ? &*attempt.auth : nullptr);
  const Facts facts{attempt, config, guess.kind};
  Diagnosis out{.at = attempt.at,
                .who = attempt.who,
                .address = attempt.path.peer.to_string(),
                .client = to_string(guess),
                .step = attempt.step(),
                .detail = attempt.detail};
  if (attempt.is_behind_nat) out.address += ", behind a NAT";
  const auto causes = causes_of(facts);
  for (const Cause* cause : causes)
    out.explanations.push_back({std::string{cause->key}, std::string{cause->title}, cause->cures(facts)});
  out.screen = on_screen(causes.front()->symptom, facts.kind);
  if (const auto error = attempt.windows_error())
    out.screen = {"Windows: error " + ike::wire::win32_error_for_users(*error)};
  show_sides(facts, out);
  return out;
}

}  // namespace agilevpn::diagnosis
