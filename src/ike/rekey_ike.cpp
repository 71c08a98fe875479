#include "ike/rekey_ike.h"

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "ike/create_child.h"
#include "ike/followup_ke.h"
#include "ike/informational.h"
#include "ike/key_log.h"

namespace agilevpn::ike {

namespace {

using crypto::KeyExchangeId;
using wire::NotifyType;

class RekeyIkeExchange final : public Exchange {
 public:
  explicit RekeyIkeExchange(std::optional<KeyExchangeId> method = std::nullopt) : method_(method) {}
  Kind kind() const override { return Kind::RekeyIke; }
  wire::ExchangeType type() const override {
    return followup_ ? wire::ExchangeType::IkeFollowupKe : wire::ExchangeType::CreateChildSa;
  }
  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant now) override;
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) override;
  bool goes_on() const override { return followup_ && !followup_->is_over(); }

  // The peer rekeyed the same IKE SA while our request was under way (§2.8.2).
  void note_collision(IkeSpi successor, Bytes lowest_nonce) { collision_ = Collision{successor, std::move(lowest_nonce)}; }

 private:
  struct Collision {
    IkeSpi successor;  // Its local SPI.
    Bytes lowest_nonce;
  };
  // What the peer answered to CREATE_CHILD_SA.
  struct Negotiated {
    IkeSuite suite;
    IkeSpi spi_r;
    Secret g_ir;
    Bytes n_r;
    Bytes lowest_nonce;
  };
  void handle_error(Session& session, Instant now, const wire::NotifyPayload& error);
  std::optional<Negotiated> read_response(const wire::Payloads& response) const;
  void begin_followup(Session& session, IkeSa& old, Instant now, const wire::Payloads& response);
  void give_up(Session& session);
  void finish(Session& session, IkeSa& old, Instant now);

  std::optional<KeyExchangeId> method_;
  std::optional<crypto::KeyExchange> key_exchange_;
  Bytes nonce_;
  IkeSpi spi_;
  Proposals offer_;
  std::optional<Collision> collision_;
  std::optional<Negotiated> negotiated_;
  std::optional<FollowupKe> followup_;
};

Bytes spi_octets(IkeSpi spi) { return Writer{}.u64(spi.value).take(); }

IkeSpi spi_in(const wire::Proposal& proposal) { return IkeSpi{Reader{proposal.spi}.u64("SPI").value_or(0)}; }

// What was negotiated once is what the peer takes; asking for it again cannot be refused for taste. The additional key
// exchanges are among it.
Proposals same_suite(const IkeSuite& suite, KeyExchangeId method) {
  wire::Proposal proposal{.number = 1, .protocol = wire::ProtocolId::Ike, .spi = {}, .transforms = {}};
  proposal.transforms.push_back(wire::Transform::of(suite.cipher.encryption, suite.cipher.key_bits));
  if (suite.cipher.integrity != crypto::IntegrityId::None) proposal.transforms.push_back(wire::Transform::of(suite.cipher.integrity));
  proposal.transforms.push_back(wire::Transform::of(suite.prf));
  proposal.transforms.push_back(wire::Transform::of(method));
  std::ranges::copy(suite.additional, std::back_inserter(proposal.transforms));
  return {proposal};
}

IkeSa& add_successor(Session& session, const IkeSa& old, const IkeSuite& suite, IkeSpi spi_i, IkeSpi spi_r, bool is_initiator,
                     const KeySeed& seed) {
  const auto prf = crypto::Prf::find(suite.prf);
  CHECK(prf.has_value());
  const Secret skeyseed = rekeyed_skeyseed(*old.prf, old.sk_d.view(), seed);
  IkeKeys keys = derive_ike_keys(suite, *prf, skeyseed.view(), seed.n_i, seed.n_r, spi_i, spi_r);
  // §2.2: "if the 'original responder' starts rekeying the IKE SA, that party becomes the 'original initiator' of the new
  // IKE SA": the role comes from the exchange.
  IkeSa& successor = session.add_ike_sa(spi_i, spi_r, is_initiator);
  successor.set_keys(suite, *prf, keys);
  if (session.context.config.logs_keys) log_ike_keys(session.context, successor);
  return successor;
}

std::optional<wire::Payloads> RekeyIkeExchange::build(Session& session, IkeSa& ike_sa, Instant now) {
  if (followup_) return followup_->build(session.context.random);
  // The peer is about it. Should it stop halfway, we do it.
  if (session.pending_sa && session.pending_sa->is_ike_sa) {
    ike_sa.rekey_at = session.retry_time(now);
    return std::nullopt;
  }
  // The peer did it, and may lack our response: it would take ours for a collision, of which we know nothing.
  if (session.awaits_successor()) return std::nullopt;
  if (!method_) method_ = ike_sa.suite.key_exchange;
  key_exchange_ = crypto::KeyExchange::generate(*method_, session.context.random);
  if (!key_exchange_) return std::nullopt;
  nonce_ = session.context.random.public_bytes(limits::nonce_size);
  spi_ = session.context.new_ike_spi();
  offer_ = offer(same_suite(ike_sa.suite, *method_), spi_octets(spi_));
  return wire::Payloads{wire::payload(wire::SaPayload{offer_}), wire::payload(wire::NoncePayload{nonce_}), ke_payload(*key_exchange_)};
}

void RekeyIkeExchange::handle_error(Session& session, Instant now, const wire::NotifyPayload& error) {
  if (!collision_ && error.type == NotifyType::InvalidKePayload && error.data.size() == 2) {
    const KeyExchangeId wanted{*Reader{error.data}.u16("Accepted D-H Group")};
    if (wanted != method_ && crypto::KeyExchange::is_supported(wanted))
      return session.enqueue(now, std::make_unique<RekeyIkeExchange>(wanted));
  }
  session.refuse(wire::ExchangeType::CreateChildSa, error.type, true, "the peer does not rekey the IKE SA", error.data);
  if (lost_its_state(session, now, error) || collision_) return;  // In a collision, its own rekey goes on.
  const bool is_temporary = error.type == NotifyType::TemporaryFailure || error.type == NotifyType::StateNotFound;
  session.current().rekey_at = is_temporary ? session.retry_time(now) : now + session.settings().ike_rekey / 10;
}

std::optional<RekeyIkeExchange::Negotiated> RekeyIkeExchange::read_response(const wire::Payloads& response) const {
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* nonce = wire::find<wire::NoncePayload>(response);
  const bool is_ours = sa && is_valid_answer(offer_, sa->proposals) && !spi_in(sa->proposals.front()).is_zero();
  auto suite = is_ours ? ike_suite(sa->proposals.front()) : std::nullopt;
  auto g_ir = suite && nonce && suite->key_exchange == *method_ ? finish_ke(*key_exchange_, response) : std::nullopt;
  if (!g_ir) return std::nullopt;
  return Negotiated{*std::move(suite), spi_in(sa->proposals.front()), *std::move(g_ir), nonce->nonce, std::min(nonce_, nonce->nonce)};
}

void RekeyIkeExchange::process(Session& session, IkeSa& old, Instant now, const wire::Payloads& response) {
  if (const auto* error = wire::find_error(response)) {
    followup_.reset();
    return handle_error(session, now, *error);
  }
  if (followup_) {
    if (!followup_->process(response)) return give_up(session);
    return followup_->is_over() ? finish(session, old, now) : void();
  }
  negotiated_ = read_response(response);
  if (!negotiated_) return give_up(session);
  if (negotiated_->suite.additional.empty()) return finish(session, old, now);
  begin_followup(session, old, now, response);
}

// RFC 9370 §2.2.4: nothing is made yet, so of two rekeys at once the one with the lowest nonce just stops.
void RekeyIkeExchange::begin_followup(Session& session, IkeSa& old, Instant now, const wire::Payloads& response) {
  if (collision_ && negotiated_->lowest_nonce < collision_->lowest_nonce) {
    old.rekey_at = session.retry_time(now);  // Should the peer's not come to an end.
    return;
  }
  if (collision_ && session.pending_sa && session.pending_sa->is_ike_sa) session.pending_sa.reset();  // The peer's stops.
  followup_ = FollowupKe::begin(negotiated_->suite.additional, response);
  if (!followup_) give_up(session);
}

void RekeyIkeExchange::give_up(Session& session) {
  followup_.reset();
  session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::InvalidSyntax, false, "the peer's IKE SA is not what we offered");
}

void RekeyIkeExchange::finish(Session& session, IkeSa& old, Instant now) {
  session.states_lost = 0;
  IkeSa& ours = add_successor(session, old, negotiated_->suite, spi_, negotiated_->spi_r, true,
                              {negotiated_->g_ir.view(), nonce_, negotiated_->n_r, followup_ ? followup_->secrets() : ByteView{}});
  const auto theirs = std::ranges::find_if(session.ike_sas(), [&](const auto& candidate) {
    return collision_ && candidate->local_spi() == collision_->successor;
  });
  // §2.8.2: of two new IKE SAs, the one made with the lowest nonce is closed by the endpoint that created it.
  if (theirs != session.ike_sas().end() && negotiated_->lowest_nonce < collision_->lowest_nonce) {
    ours.is_replaced = true;
    session.make_current(now, **theirs);
    return session.send_request(now, ours, delete_ike_sa());
  }
  session.make_current(now, ours);
  if (theirs != session.ike_sas().end()) (*theirs)->is_replaced = true;
  session.send_request(now, old, delete_ike_sa());
}

bool is_busy_with_children(const Session& session) {
  using Kind = Exchange::Kind;
  return session.outstanding(Kind::CreateChild) || session.outstanding(Kind::RekeyChild) || session.outstanding(Kind::DeleteChild);
}

}  // namespace

std::unique_ptr<Exchange> rekey_ike_sa() { return std::make_unique<RekeyIkeExchange>(); }

wire::Payloads answer_rekey_ike(Session& session, IkeSa& old, Instant now, const wire::Payloads& request) {
  const auto& sa = *wire::find<wire::SaPayload>(request);
  const auto* ke = wire::find<wire::KePayload>(request);
  const Bytes n_i = wire::find<wire::NoncePayload>(request)->nonce;
  if (is_busy_with_children(session)) return refusal(session, NotifyType::TemporaryFailure, "we are busy with a Child SA");  // §2.25.2
  auto* const ours = dynamic_cast<RekeyIkeExchange*>(session.outstanding(Exchange::Kind::RekeyIke));
  if (ours && ours->goes_on()) return refusal(session, NotifyType::TemporaryFailure, "we are rekeying the IKE SA");  // RFC 9370 §2.2.4
  if (session.ike_sas().size() >= limits::ike_sas_max)
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
  auto finish = [suite = *suite, spi_i, spi_r, g_ir = std::move(answer->shared), n_i, n_r](Session& its, IkeSa& replaced, Instant then, ByteView secrets) {
    its.await_successor(then, add_successor(its, replaced, suite, spi_i, spi_r, false, {g_ir.view(), n_i, n_r, secrets}));
  };
  if (suite->additional.empty()) {
    finish(session, old, now, {});
  } else {
    response.push_back(await_followup(session, old, now, {.is_ike_sa = true, .additional = suite->additional, .finish = std::move(finish)}));
  }
  if (ours) ours->note_collision(spi_r, std::min(n_i, n_r));
  return response;
}

}  // namespace agilevpn::ike
