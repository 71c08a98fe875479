#include "ike/followup_ke.h"

#include "base/check.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

constexpr std::size_t link_size = 8;

void append_secret(Secret& secrets, const Secret& next) { secrets = Secret{concat({secrets.view(), next.view()})}; }

wire::Payloads refuse_followup(Session& session, NotifyType notify, std::string reason) {
  session.refuse(wire::ExchangeType::IkeFollowupKe, notify, false, std::move(reason));
  return {wire::notify(notify)};
}

}  // namespace

std::optional<FollowupKe> FollowupKe::begin(std::vector<wire::Transform> additional, const wire::Payloads& response) {
  const auto* link = wire::find_notify(response, NotifyType::AdditionalKeyExchange);
  if (!link) return std::nullopt;
  return FollowupKe{std::move(additional), link->data};
}

wire::Payloads FollowupKe::build(Random& random) {
  key_exchange_ = crypto::KeyExchange::generate(method_of(additional_[done_]), random);
  CHECK(key_exchange_.has_value());  // We do not offer what we cannot do.
  return {ke_payload(*key_exchange_), wire::notify(NotifyType::AdditionalKeyExchange, link_)};
}

bool FollowupKe::process(const wire::Payloads& response) {
  const auto shared = finish_ke(*key_exchange_, response);
  if (!shared) return false;
  append_secret(secrets_, *shared);
  if (++done_ == additional_.size()) return true;
  const auto* link = wire::find_notify(response, NotifyType::AdditionalKeyExchange);
  if (link) link_ = link->data;
  return link != nullptr;
}

bool is_temporary(const wire::NotifyPayload& error) {
  return error.type == NotifyType::TemporaryFailure || error.type == NotifyType::StateNotFound;
}

bool lost_its_state(Session& session, Instant now, const wire::NotifyPayload& error) {
  if (error.type != NotifyType::StateNotFound || ++session.states_lost < limits::states_lost_max) return false;
  session.close(now);
  return true;
}

wire::Payload await_followup(Session& session, const IkeSa& ike_sa, Instant now, PendingSa pending) {
  pending.negotiated_on = ike_sa.local_spi();
  pending.link = session.context.random.public_bytes(link_size);
  pending.expires_at = now + limits::followup_wait;
  session.pending_sa = std::make_unique<PendingSa>(std::move(pending));
  return wire::notify(NotifyType::AdditionalKeyExchange, session.pending_sa->link);
}

wire::Payloads answer_followup(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& request) {
  const auto* link = wire::find_notify(request, NotifyType::AdditionalKeyExchange);
  PendingSa* pending = session.pending_sa.get();
  const bool is_known = pending && link && link->data == pending->link && pending->negotiated_on == ike_sa.local_spi();
  if (!is_known || session.phase != Session::Phase::Established)
    return refuse_followup(session, NotifyType::StateNotFound, "nothing here waits for an additional key exchange");
  auto answer = answer_ke(request, method_of(pending->additional[pending->done]), session.context.random);
  if (!answer) {
    session.pending_sa.reset();
    return refuse_followup(session, NotifyType::InvalidSyntax,
                           "its additional key exchange is not the one that was chosen, or its value must be refused");
  }
  append_secret(pending->secrets, answer->shared);
  wire::Payloads response{std::move(answer->payload)};
  if (++pending->done < pending->additional.size()) {
    pending->expires_at = now + limits::followup_wait;
    response.push_back(wire::notify(NotifyType::AdditionalKeyExchange, pending->link));
    return response;
  }
  const auto whole = std::move(session.pending_sa);
  whole->finish(session, ike_sa, now, whole->secrets.view());
  return response;
}

}  // namespace agilevpn::ike
