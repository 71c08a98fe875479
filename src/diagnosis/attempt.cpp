#include "diagnosis/attempt.h"

#include <algorithm>

#include "diagnosis/limits.h"
#include "ike/wire/microsoft_status.h"

namespace agilevpn::diagnosis {

namespace {

using ike::wire::NotifyType;

template <class T>
void clip(std::vector<T>& list, std::size_t most) {
  if (list.size() > most) list.resize(most);
}

void clip(std::vector<ike::wire::Proposal>& proposals) {
  clip(proposals, limits::proposals_max);
  for (ike::wire::Proposal& proposal : proposals) {
    clip(proposal.transforms, limits::transforms_max);
    clip(proposal.spi, sizeof(std::uint64_t));
    for (ike::wire::Transform& transform : proposal.transforms) transform.other_attributes.clear();
  }
}

}  // namespace

ike::InitOffer clipped(ike::InitOffer offer) {
  clip(offer.proposals);
  clip(offer.notifies, limits::notifies_max);
  clip(offer.vendor_ids, limits::vendor_ids_max);
  for (Bytes& id : offer.vendor_ids) clip(id, limits::octets_max);
  return offer;
}

ike::AuthRequested clipped(ike::AuthRequested auth) {
  clip(auth.esp);
  clip(auth.peer.data, limits::octets_max);
  if (auth.requested_local) clip(auth.requested_local->data, limits::octets_max);
  clip(auth.ts_i, limits::selectors_max);
  clip(auth.ts_r, limits::selectors_max);
  clip(auth.notifies, limits::notifies_max);
  clip(auth.attributes, limits::notifies_max);
  return auth;
}

std::string clipped(std::string text) {
  if (text.size() > limits::text_max) text.resize(limits::text_max);
  return text;
}

bool is_about_address(const std::vector<ike::ExchangeRefused>& refusals) {
  return std::ranges::any_of(refusals, [](const ike::ExchangeRefused& refusal) {
    return refusal.notify == NotifyType::InternalAddressFailure || refusal.notify == NotifyType::FailedCpRequired;
  });
}

Step Attempt::step() const {
  if (dropped || init_answer == NotifyType::Cookie) return Step::Reaching;
  if (init_answer) return Step::Algorithms;
  if (!auth) return Step::Reaching;
  if (is_about_address(refusals)) return Step::Tunnel;
  const bool is_disbelieved = refusal(NotifyType::AuthenticationFailed, true) != nullptr;
  return is_established && !is_disbelieved ? Step::Tunnel : Step::Identities;
}

const ike::ExchangeRefused* Attempt::refusal(NotifyType notify, bool by_peer) const {
  for (const ike::ExchangeRefused& refusal : refusals)
    if (refusal.notify == notify && refusal.by_peer == by_peer) return &refusal;
  return nullptr;
}

bool Attempt::has_refused_ticket() const {
  if (refused) return refused->cause == gateway::Refusal::TicketOutdated;
  return resumes && refusal(NotifyType::AuthenticationFailed, false);
}

std::optional<std::uint32_t> Attempt::windows_error() const {
  const auto* said = refusal(NotifyType::MicrosoftStatus, true);
  if (!said) return std::nullopt;
  return ike::wire::microsoft_status_of({.type = said->notify, .data = said->data});
}

}  // namespace agilevpn::diagnosis
