#include "ike/rekey_ike.h"

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "ike/create_child.h"
#include "ike/informational.h"
#include "ike/key_log.h"
#include "ike/sa_exchange.h"

namespace agilevpn::ike {

namespace {

using crypto::KeyExchangeId;
using wire::NotifyType;

class RekeyIkeExchange final : public SaExchange {
 public:
  Kind kind() const override { return Kind::RekeyIke; }

 private:
  std::optional<wire::Payloads> propose(Session& session, IkeSa& ike_sa, Instant now) override;
  std::optional<KeyExchanges> read(const wire::Payloads& response) override;
  void handle_error(Session& session, Instant now, const wire::NotifyPayload& error) override;
  void retry(Session& session, Instant at) override { session.current().rekey_at = at; }
  void finish(Session& session, IkeSa& old, Instant now, const KeySeed& seed) override;

  IkeSpi spi_;
  // Of the response.
  IkeSuite suite_;
  IkeSpi spi_r_;
};

Bytes spi_octets(IkeSpi spi) { return Writer{}.u64(spi.value).take(); }

IkeSpi spi_in(const wire::Proposal& proposal) { return IkeSpi{Reader{proposal.spi}.u64("SPI").value_or(0)}; }

// What was negotiated once is what the peer takes; asking for it again cannot be refused for taste. The additional key
// exchanges are among it.
Proposals same_suite(IkeSuite suite, KeyExchangeId method) {
  suite.key_exchange = method;
  return {proposal_of(suite)};
}

IkeSa& add_successor(Session& session, const IkeSa& old, const IkeSuite& suite, IkeSpi spi_i, IkeSpi spi_r,
                     bool is_initiator, const KeySeed& seed) {
  const auto prf = crypto::Prf::find(suite.prf);
  CHECK(prf.has_value());
  const Secret skeyseed = rekeyed_skeyseed(*old.prf, old.sk_d.view(), seed);
  IkeKeys keys = derive_ike_keys(suite, *prf, skeyseed.view(), seed.n_i, seed.n_r, spi_i, spi_r);
  // §2.2: "if the 'original responder' starts rekeying the IKE SA, that party becomes the 'original initiator' of the new
  // IKE SA": the role comes from the exchange.
  IkeSa& successor = session.ike_sas.add(spi_i, spi_r, is_initiator);
  successor.set_keys(suite, *prf, keys);
  if (session.context.config.logs_keys) log_ike_keys(session.context, successor);
  return successor;
}

std::optional<wire::Payloads> RekeyIkeExchange::propose(Session& session, IkeSa& ike_sa, Instant now) {
  // The peer is about it. Should it stop halfway, we do it.
  if (session.pending_sa && session.pending_sa->is_ike_sa) {
    retry(session, session.retry_time(now));
    return std::nullopt;
  }
  // The peer did it, and may lack our response: it would take ours for a collision, of which we know nothing.
  if (session.ike_sas.awaited()) return std::nullopt;
  if (!method_) method_ = ike_sa.suite.key_exchange;
  make_keys(session);
  spi_ = session.context.new_ike_spi();
  offer_ = offer(same_suite(ike_sa.suite, *method_), spi_octets(spi_));
  return wire::Payloads{wire::payload(wire::SaPayload{offer_}), wire::payload(wire::NoncePayload{nonce_}),
                        ke_payload(*key_exchange_)};
}

void RekeyIkeExchange::handle_error(Session& session, Instant now, const wire::NotifyPayload& error) {
  if (const auto wanted = other_method(session, error); wanted && !collides()) {
    auto again = std::make_unique<RekeyIkeExchange>();
    again->insist_on(*wanted);
    return session.enqueue(now, std::move(again));
  }
  session.refuse(wire::ExchangeType::CreateChildSa, error.type, true, "the peer does not rekey the IKE SA", error.data);
  if (lost_its_state(session, now, error) || collides()) return;  // In a collision, its own rekey goes on.
  retry(session, is_temporary(error) ? session.retry_time(now) : now + session.settings().ike_rekey / 10);
}

std::optional<SaExchange::KeyExchanges> RekeyIkeExchange::read(const wire::Payloads& response) {
  const auto* sa = wire::find<wire::SaPayload>(response);
  const bool is_ours = sa && is_valid_answer(offer_, sa->proposals) && !spi_in(sa->proposals.front()).is_zero();
  auto suite = is_ours ? ike_suite(sa->proposals.front()) : std::nullopt;
  if (!suite || suite->key_exchange != *method_) return std::nullopt;
  suite_ = *std::move(suite);
  spi_r_ = spi_in(sa->proposals.front());
  return KeyExchanges{suite_.key_exchange, suite_.additional};
}

void RekeyIkeExchange::finish(Session& session, IkeSa& old, Instant now, const KeySeed& seed) {
  IkeSa& ours = add_successor(session, old, suite_, spi_, spi_r_, true, seed);
  const bool is_theirs_there = rival<IkeSpi>() && session.ike_sas.find(*rival<IkeSpi>());
  // §2.8.2: of two new IKE SAs, the one made with the lowest nonce is closed by the endpoint that created it. The peer may lack
  // our response for its own still: it is taken into use when it speaks there, as without a collision.
  if (is_theirs_there && loses()) {
    session.ike_sas.give_up(ours);
    return session.send_request(now, ours, delete_ike_sa());
  }
  session.make_current(now, ours);
  session.send_request(now, old, delete_ike_sa());
}

bool is_busy_with_children(const Session& session) {
  using Kind = Exchange::Kind;
  return session.outstanding(Kind::CreateChild) || session.outstanding(Kind::RekeyChild) ||
         session.outstanding(Kind::DeleteChild);
}

}  // namespace

std::unique_ptr<Exchange> rekey_ike_sa() { return std::make_unique<RekeyIkeExchange>(); }

wire::Payloads answer_rekey_ike(Session& session, IkeSa& old, Instant now, const wire::Payloads& request) {
  const auto& sa = *wire::find<wire::SaPayload>(request);
  const auto* ke = wire::find<wire::KePayload>(request);
  const Bytes n_i = wire::find<wire::NoncePayload>(request)->nonce;
  if (is_busy_with_children(session))
    return refusal(session, NotifyType::TemporaryFailure, "we are busy with a Child SA");  // §2.25.2
  auto* const ours = dynamic_cast<RekeyIkeExchange*>(session.outstanding(Exchange::Kind::RekeyIke));
  if (ours && ours->goes_on())
    return refusal(session, NotifyType::TemporaryFailure, "we are rekeying the IKE SA");  // RFC 9370 §2.2.4
  if (session.ike_sas.size() >= limits::ike_sas_max)
    return refusal(session, NotifyType::TemporaryFailure, "its former IKE SAs are not gone yet");
  // What is in use is right even where the policy has changed since.
  Proposals accepted = same_suite(old.suite, old.suite.key_exchange);
  std::ranges::copy(session.context.config.policy.ike, std::back_inserter(accepted));
  auto chosen = choose(accepted, sa.proposals);
  const auto suite = chosen ? ike_suite(*chosen) : std::nullopt;
  if (!suite || !crypto::Prf::find(suite->prf) || !can_exchange(suite->additional) || spi_in(*chosen).is_zero())
    return refusal(session, NotifyType::NoProposalChosen, "no IKE proposal fits");
  if (!ke || ke->method != suite->key_exchange)
    return refusal(session, NotifyType::InvalidKePayload, "its key exchange is not the one that fits",
                   Writer{}.u16(static_cast<std::uint16_t>(suite->key_exchange)).take());
  auto answer = answer_ke(request, ke->method, session.context.random);
  if (!answer) return refusal(session, NotifyType::InvalidSyntax, "its key exchange value must be refused (RFC 6989)");

  const Bytes n_r = session.context.random.public_bytes(limits::nonce_size);
  const IkeSpi spi_i = spi_in(*chosen), spi_r = session.context.new_ike_spi();
  chosen->spi = spi_octets(spi_r);
  wire::Payloads response{wire::payload(wire::SaPayload{{*chosen}}), wire::payload(wire::NoncePayload{n_r}),
                          std::move(answer->payload)};
  // Its ticket would be for the new IKE SA, and is given there (RFC 5723 §4.1).
  if (wire::find_notify(request, NotifyType::TicketRequest)) response.push_back(wire::notify(NotifyType::TicketAck));
  auto finish = [suite = *suite, spi_i, spi_r, g_ir = std::move(answer->shared), n_i, n_r](
                    Session& its, IkeSa& replaced, Instant then, ByteView secrets) {
    its.ike_sas.await(then, add_successor(its, replaced, suite, spi_i, spi_r, false, {g_ir.view(), n_i, n_r, secrets}));
  };
  if (suite->additional.empty()) {
    finish(session, old, now, {});
  } else {
    response.push_back(await_followup(
        session, old, now, {.is_ike_sa = true, .additional = suite->additional, .finish = std::move(finish)}));
  }
  if (ours) ours->note_collision(spi_r, std::min(n_i, n_r));
  return response;
}

}  // namespace agilevpn::ike
