#include "ike/create_child_exchange.h"

#include <algorithm>

#include "base/codec.h"
#include "ike/create_child.h"
#include "ike/informational.h"
#include "ike/narrowing.h"
#include "ike/wire/microsoft_status.h"

namespace agilevpn::ike {

using crypto::KeyExchangeId;
using wire::NotifyType;
using wire::PayloadType;

namespace {

// The IKE SA's key exchanges. A peer whose ESP proposals know less of them, or no PFS, can still take the rest.
Proposals proposals_for(const Session& session, const IkeSa& ike_sa, std::optional<KeyExchangeId> method) {
  Proposals proposals;
  if (method && !ike_sa.suite.additional.empty())
    proposals = with_key_exchange(session.esp, {*method}, ike_sa.suite.additional);
  if (method) std::ranges::copy(with_key_exchange(session.esp, {*method}), std::back_inserter(proposals));
  std::ranges::copy(with_key_exchange(session.esp, {}), std::back_inserter(proposals));
  return proposals;
}

// The one that the Child SA before was made with: the peer takes it, whatever the IKE SA has.
KeyExchangeId preferred_method(const ChildSa* old, const IkeSa& ike_sa) {
  const bool had_one = old && old->suite.key_exchange != KeyExchangeId::None;
  return had_one ? old->suite.key_exchange : ike_sa.suite.key_exchange;
}

}  // namespace

std::unique_ptr<Exchange> create_child_sa(TrafficSelectors ts_local, TrafficSelectors ts_remote) {
  return std::make_unique<CreateChildExchange>(std::move(ts_local), std::move(ts_remote));
}

std::unique_ptr<Exchange> rekey_child_sa(ChildSaId child) { return std::make_unique<CreateChildExchange>(child); }

std::optional<wire::Payloads> CreateChildExchange::propose(Session& session, IkeSa& ike_sa, Instant) {
  wire::Payloads payloads;
  const ChildSa* const old = rekeyed_ ? session.children.find(*rekeyed_) : nullptr;
  if (rekeyed_) {
    if (!old || old->state != ChildSa::State::Installed) return std::nullopt;
    ts_local_ = old->ts_local;
    ts_remote_ = old->ts_remote;
    payloads.push_back(wire::payload(wire::NotifyPayload{
        wire::ProtocolId::Esp, Writer{}.u32(old->spi_inbound.value).take(), NotifyType::RekeySa, {}}));
  }
  if (!method_ && session.settings().pfs && !session.quirks.has(Quirk::TakesNoKeyExchange))
    method_ = preferred_method(old, ike_sa);
  make_keys(session);
  spi_inbound_ = session.context.new_esp_spi();
  offer_ = offer_esp(proposals_for(session, ike_sa, method_), spi_inbound_);
  payloads.push_back(wire::payload(wire::SaPayload{offer_}));
  payloads.push_back(wire::payload(wire::NoncePayload{nonce_}));
  if (key_exchange_) payloads.push_back(ke_payload(*key_exchange_));
  payloads.push_back(wire::ts_i(ts_local_));
  payloads.push_back(wire::ts_r(ts_remote_));
  return payloads;
}

void CreateChildExchange::retry(Session& session, Instant at) {
  if (!rekeyed_) {
    session.retries.emplace_back(at, create_child_sa(ts_local_, ts_remote_));
  } else if (ChildSa* old = session.children.find(*rekeyed_); old && old->state == ChildSa::State::Installed) {
    old->rekey_at = at;
  }
}

std::unique_ptr<Exchange> CreateChildExchange::with(KeyExchangeId method) const {
  auto again = rekeyed_ ? std::make_unique<CreateChildExchange>(*rekeyed_)
                        : std::make_unique<CreateChildExchange>(ts_local_, ts_remote_);
  again->insist_on(method);
  return again;
}

void CreateChildExchange::handle_error(Session& session, Instant now, const wire::NotifyPayload& error) {
  if (const auto wanted = other_method(session, error)) return session.enqueue(now, with(*wanted));
  session.refuse(wire::ExchangeType::CreateChildSa, error.type, true,
                 rekeyed_ ? "the peer does not rekey the Child SA" : "the peer refused a Child SA", error.data);
  if (lost_its_state(session, now, error) || learns_from(session, now, error)) return;
  if (is_temporary(error)) return retry(session, session.retry_time(now));
  if (!rekeyed_ || collides()) return;
  if (error.type == NotifyType::ChildSaNotFound) {  // §2.25.1: it is gone there; make one anew.
    session.children.retire(now, *rekeyed_, true);
    return session.enqueue(now, create_child_sa(ts_local_, ts_remote_));
  }
  if (ChildSa* old = session.children.find(*rekeyed_)) old->rekey_at = now + session.settings().child_rekey / 10;
}

// Windows says which habit of it our rekey ran into. Whether that is the end of it: then it rekeys itself, or we try
// once more in its way.
bool CreateChildExchange::learns_from(Session& session, Instant now, const wire::NotifyPayload& error) {
  const auto status = wire::microsoft_status_of(error);
  if (!status || !rekeyed_) return false;
  const Quirks before = session.quirks;
  session.learn(quirk_shown_by(*status), "MS_STATUS " + wire::describe_win32_error(*status));
  if (session.quirks.has(Quirk::RekeysChildren)) return true;
  if (session.quirks == before) return false;
  session.enqueue(now, rekey_child_sa(*rekeyed_));
  return true;
}

std::optional<SaExchange::KeyExchanges> CreateChildExchange::read(const wire::Payloads& response) {
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* ts_i = wire::find<wire::TsPayload>(response, PayloadType::TrafficSelectorInitiator);
  const auto* ts_r = wire::find<wire::TsPayload>(response, PayloadType::TrafficSelectorResponder);
  if (!sa || !ts_i || !ts_r || !is_valid_answer(offer_, sa->proposals)) return std::nullopt;
  const auto suite = esp_suite(sa->proposals.front());
  if (!suite || !is_narrowing(ts_i->selectors, ts_local_) || !is_narrowing(ts_r->selectors, ts_remote_))
    return std::nullopt;
  negotiated_ = ChildSa{.spi_inbound = spi_inbound_,
                        .spi_outbound = spi_of(sa->proposals.front()),
                        .suite = *suite,
                        .ts_local = ts_i->selectors,
                        .ts_remote = ts_r->selectors};
  return KeyExchanges{suite->key_exchange, suite->additional};
}

void CreateChildExchange::finish(Session& session, IkeSa& ike_sa, Instant now, const KeySeed& seed) {
  const bool is_loser = rival_child(session) && loses();
  ChildKeys keys = derive_child_keys(negotiated_.suite, *ike_sa.prf, ike_sa.sk_d.view(), seed);
  session.install_child(now, std::move(negotiated_), std::move(keys), ExchangeRole::Initiator,
                        is_loser ? Sealing::Later : Sealing::AtOnce, rekeyed_);
  if (rekeyed_) settle(session, now, session.children.newest().id, is_loser);
}

ChildSa* CreateChildExchange::rival_child(Session& session) const {
  return rival<ChildSaId>() ? session.children.find(*rival<ChildSaId>()) : nullptr;
}

// §2.8.1: of two successors, the one made with the lowest of the four nonces is closed by the endpoint that created it;
// the old Child SA is closed by the endpoint that created the survivor.
void CreateChildExchange::settle(Session& session, Instant now, ChildSaId successor, bool is_loser) {
  if (is_loser) {
    ChildSa& redundant = *session.children.find(successor);
    redundant.rekey_at.reset();
    redundant.use_at.reset();
    return session.enqueue(now, delete_child_sa(successor));
  }
  if (ChildSa* other = rival_child(session)) {
    other->state = ChildSa::State::Replaced;  // The peer deletes it.
    other->rekey_at.reset();
    other->use_at.reset();
  }
  if (ChildSa* old = session.children.find(*rekeyed_); old && old->state != ChildSa::State::Lingering) {
    old->state = ChildSa::State::Replaced;
    old->rekey_at.reset();
    session.enqueue(now, delete_child_sa(*rekeyed_));
  }
}

}  // namespace agilevpn::ike
