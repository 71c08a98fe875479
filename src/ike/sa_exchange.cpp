#include "ike/sa_exchange.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/codec.h"

namespace agilevpn::ike {

using crypto::KeyExchangeId;
using wire::NotifyType;

std::vector<KeyExchangeId> accepted_methods(const Session& session, const IkeSa& ike_sa) {
  auto methods = key_exchange_methods(session.context.config.policy.ike);
  methods.insert(methods.begin(), ike_sa.suite.key_exchange);
  return methods;
}

bool accepts_method(const Session& session, const IkeSa& ike_sa, KeyExchangeId method) {
  const auto methods = accepted_methods(session, ike_sa);
  return std::ranges::find(methods, method) != methods.end();
}

std::optional<wire::Payloads> SaExchange::build(Session& session, IkeSa& ike_sa, Instant now) {
  if (followup_ && negotiated_on_ == ike_sa.local_spi()) return followup_->build(session.context.random);
  followup_.reset();
  negotiated_on_ = ike_sa.local_spi();
  return propose(session, ike_sa, now);
}

void SaExchange::make_keys(Session& session) {
  nonce_ = session.context.random.public_bytes(limits::nonce_size);
  if (!method_) return;
  key_exchange_ = crypto::KeyExchange::generate(*method_, session.context.random);
  CHECK(key_exchange_.has_value());  // We do not offer what we cannot do.
}

std::optional<KeyExchangeId> SaExchange::other_method(const Session& session, const wire::NotifyPayload& error) const {
  if (is_second_try_ || error.type != NotifyType::InvalidKePayload || error.data.size() != 2) return std::nullopt;
  const KeyExchangeId wanted{*Reader{error.data}.u16("Accepted D-H Group")};
  return wanted != method_ && accepts_method(session, session.current(), wanted) ? std::optional{wanted} : std::nullopt;
}

void SaExchange::process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) {
  if (const auto* error = wire::find_error(response)) {
    followup_.reset();
    return handle_error(session, now, *error);
  }
  if (followup_) {
    if (!followup_->process(response)) return give_up(session);
    return followup_->is_over() ? conclude(session, ike_sa, now) : void();
  }
  auto key_exchanges = read_response(response);
  if (!key_exchanges) return give_up(session);
  if (key_exchanges->additional.empty()) return conclude(session, ike_sa, now);
  begin_followup(session, now, std::move(key_exchanges->additional), response);
}

std::optional<SaExchange::KeyExchanges> SaExchange::read_response(const wire::Payloads& response) {
  const auto* nonce = wire::find<wire::NoncePayload>(response);
  auto key_exchanges = read(response);
  if (!key_exchanges || !nonce) return std::nullopt;
  peer_nonce_ = nonce->nonce;
  if (key_exchanges->method == KeyExchangeId::None) return key_exchanges;
  auto shared = key_exchange_ && key_exchange_->method() == key_exchanges->method ? finish_ke(*key_exchange_, response)
                                                                                  : std::nullopt;
  if (!shared) return std::nullopt;
  g_ir_ = *std::move(shared);
  return key_exchanges;
}

// RFC 9370 §2.2.4: nothing is made yet, so of two rekeys at once the one with the lowest nonce just stops.
void SaExchange::begin_followup(Session& session, Instant now, std::vector<wire::Transform> additional,
                                const wire::Payloads& response) {
  if (loses()) return retry(session, session.retry_time(now));  // Should the peer's not come to an end.
  const bool is_ike_sa = kind() == Kind::RekeyIke;
  if (collides() && session.pending_sa && session.pending_sa->is_ike_sa == is_ike_sa)
    session.pending_sa.reset();  // The peer's stops.
  followup_ = FollowupKe::begin(std::move(additional), response);
  if (!followup_) give_up(session);
}

void SaExchange::give_up(Session& session) {
  followup_.reset();
  session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::InvalidSyntax, false,
                 fmt::format("the peer's {} is not what we offered", kind() == Kind::RekeyIke ? "IKE SA" : "Child SA"));
}

void SaExchange::conclude(Session& session, IkeSa& ike_sa, Instant now) {
  session.states_lost = 0;
  finish(session, ike_sa, now, {g_ir_.view(), nonce_, peer_nonce_, followup_ ? followup_->secrets() : ByteView{}});
}

}  // namespace agilevpn::ike
