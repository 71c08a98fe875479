// IKE_FOLLOWUP_KE of a stock client: the additional key exchanges of a rekey (RFC 9370 §2.2.4).
#include "ike/ke.h"
#include "sim/stock/session.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using wire::NotifyType;

bool Session::must_follow_up(Instant now, const std::vector<wire::Transform>& additional,
                             const wire::Payloads& response, Finish then) {
  if (additional.empty() || attempt_.followup) return false;
  attempt_.followup = ike::FollowupKe::begin(additional, response);
  attempt_.response = response;
  attempt_.followup ? follow_up(now, then) : end(peer() + " does not say how its additional key exchanges go on");
  return true;
}

void Session::follow_up(Instant now, Finish then) {
  channels_.back()->ask(now, wire::ExchangeType::IkeFollowupKe, attempt_.followup->build(random_),
                        [this, then](Instant later, const wire::Payloads& response) {
                          if (!attempt_.followup->process(response))
                            return end(peer() + "'s additional key exchange makes no sense");
                          if (!attempt_.followup->is_over()) return follow_up(later, then);
                          (this->*then)(later, wire::Payloads{attempt_.response});
                        });
}

void Session::when_over(Instant now, std::vector<wire::Transform> additional, wire::Payloads& response,
                        std::move_only_function<void(Instant, ByteView secrets)> finish) {
  if (additional.empty()) return finish(now, {});
  awaited_ = Awaited{
      .additional = std::move(additional), .finish = std::move(finish), .link = random_.public_bytes(8), .secrets = {}};
  response.push_back(wire::notify(NotifyType::AdditionalKeyExchange, awaited_->link));
}

wire::Payloads Session::answer_followup(Instant now, const wire::Payloads& request) {
  const auto* link = wire::find_notify(request, NotifyType::AdditionalKeyExchange);
  if (!awaited_ || !link || link->data != awaited_->link) return {wire::notify(NotifyType::StateNotFound)};
  auto half = ike::answer_ke(request, ike::method_of(awaited_->additional[awaited_->done]), random_);
  if (!half) return {wire::notify(NotifyType::InvalidSyntax)};
  append(awaited_->secrets, half->shared.view());
  wire::Payloads response{std::move(half->payload)};
  if (++awaited_->done < awaited_->additional.size()) {
    response.push_back(wire::notify(NotifyType::AdditionalKeyExchange, awaited_->link));
    return response;
  }
  auto whole = *std::exchange(awaited_, std::nullopt);
  whole.finish(now, whole.secrets);
  return response;
}

}  // namespace agilevpn::sim::stock
