#include "ike/rekey_ike.h"

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "crypto/key_exchange.h"
#include "ike/create_child.h"
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
  wire::ExchangeType type() const override { return wire::ExchangeType::CreateChildSa; }
  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant now) override;
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) override;

  // The peer rekeyed the same IKE SA while our request was under way (§2.8.2).
  void note_collision(IkeSpi successor, Bytes lowest_nonce) { collision_ = Collision{successor, std::move(lowest_nonce)}; }

 private:
  struct Collision {
    IkeSpi successor;  // Its local SPI.
    Bytes lowest_nonce;
  };
  void handle_error(Session& session, Instant now, const wire::NotifyPayload& error);

  std::optional<KeyExchangeId> method_;
  std::optional<crypto::KeyExchange> key_exchange_;
  Bytes nonce_;
  IkeSpi spi_;
  Proposals offer_;
  std::optional<Collision> collision_;
};

Bytes spi_octets(IkeSpi spi) { return Writer{}.u64(spi.value).take(); }

IkeSpi spi_in(const wire::Proposal& proposal) { return IkeSpi{Reader{proposal.spi}.u64("SPI").value_or(0)}; }

// What was negotiated once is what the peer takes; asking for it again cannot be refused for taste.
Proposals same_suite(const IkeSuite& suite, KeyExchangeId method) {
  wire::Proposal proposal{.number = 1, .protocol = wire::ProtocolId::Ike, .spi = {}, .transforms = {}};
  proposal.transforms.push_back(wire::Transform::of(suite.cipher.encryption, suite.cipher.key_bits));
  if (suite.cipher.integrity != crypto::IntegrityId::None) proposal.transforms.push_back(wire::Transform::of(suite.cipher.integrity));
  proposal.transforms.push_back(wire::Transform::of(suite.prf));
  proposal.transforms.push_back(wire::Transform::of(method));
  return {proposal};
}

IkeSa& add_successor(Session& session, const IkeSa& old, const IkeSuite& suite, IkeSpi spi_i, IkeSpi spi_r, bool is_initiator,
                     ByteView g_ir, ByteView n_i, ByteView n_r) {
  const auto prf = crypto::Prf::find(suite.prf);
  CHECK(prf.has_value());
  const Secret skeyseed = rekeyed_skeyseed(*old.prf, old.sk_d.view(), g_ir, n_i, n_r);
  IkeKeys keys = derive_ike_keys(suite, *prf, skeyseed.view(), n_i, n_r, spi_i, spi_r);
  // §2.2: "if the 'original responder' starts rekeying the IKE SA, that party becomes the 'original initiator' of the new
  // IKE SA": the role comes from the exchange.
  IkeSa& successor = session.add_ike_sa(spi_i, spi_r, is_initiator);
  successor.set_keys(suite, *prf, keys);
  if (session.context.config.logs_keys) log_ike_keys(session.context, successor);
  return successor;
}

std::optional<wire::Payloads> RekeyIkeExchange::build(Session& session, IkeSa& ike_sa, Instant) {
  // The peer did it, and may lack our response: it would take ours for a collision, of which we know nothing.
  if (session.awaits_successor()) return std::nullopt;
  if (!method_) method_ = ike_sa.suite.key_exchange;
  key_exchange_ = crypto::KeyExchange::generate(*method_, session.context.random);
  if (!key_exchange_) return std::nullopt;
  nonce_ = session.context.random.public_bytes(limits::nonce_size);
  spi_ = session.context.new_ike_spi();
  offer_ = offer(same_suite(ike_sa.suite, *method_), spi_octets(spi_));
  return wire::Payloads{wire::payload(wire::SaPayload{offer_}), wire::payload(wire::NoncePayload{nonce_}),
                        wire::payload(wire::KePayload{*method_, to_bytes(key_exchange_->public_value())})};
}

void RekeyIkeExchange::handle_error(Session& session, Instant now, const wire::NotifyPayload& error) {
  if (!collision_ && error.type == NotifyType::InvalidKePayload && error.data.size() == 2) {
    const KeyExchangeId wanted{*Reader{error.data}.u16("Accepted D-H Group")};
    if (wanted != method_ && crypto::KeyExchange::is_supported(wanted))
      return session.enqueue(now, std::make_unique<RekeyIkeExchange>(wanted));
  }
  session.refuse(wire::ExchangeType::CreateChildSa, error.type, true, "the peer does not rekey the IKE SA", error.data);
  if (collision_) return;  // Its own rekey goes on.
  const bool is_temporary = error.type == NotifyType::TemporaryFailure;
  session.current().rekey_at = is_temporary ? session.retry_time(now) : now + session.settings().ike_rekey / 10;
}

void RekeyIkeExchange::process(Session& session, IkeSa& old, Instant now, const wire::Payloads& response) {
  if (const auto* error = wire::find_error(response)) return handle_error(session, now, *error);
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* nonce = wire::find<wire::NoncePayload>(response);
  const auto* ke = wire::find<wire::KePayload>(response);
  const bool is_ours = sa && is_valid_answer(offer_, sa->proposals) && !spi_in(sa->proposals.front()).is_zero();
  const auto suite = is_ours ? ike_suite(sa->proposals.front()) : std::nullopt;
  const auto g_ir = suite && nonce && ke && ke->method == *method_ ? key_exchange_->shared_secret(ke->data) : std::nullopt;
  if (!g_ir)
    return session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::InvalidSyntax, false, "the peer's IKE SA is not what we offered");
  IkeSa& ours = add_successor(session, old, *suite, spi_, spi_in(sa->proposals.front()), true, g_ir->view(), nonce_, nonce->nonce);
  const auto theirs = std::ranges::find_if(session.ike_sas(), [&](const auto& candidate) {
    return collision_ && candidate->local_spi() == collision_->successor;
  });
  // §2.8.2: of two new IKE SAs, the one made with the lowest nonce is closed by the endpoint that created it.
  if (theirs != session.ike_sas().end() && std::min(nonce_, nonce->nonce) < collision_->lowest_nonce) {
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
  const Bytes& n_i = wire::find<wire::NoncePayload>(request)->nonce;
  if (is_busy_with_children(session)) return refusal(session, NotifyType::TemporaryFailure, "we are busy with a Child SA");  // §2.25.2
  if (session.ike_sas().size() >= limits::ike_sas_max)
    return refusal(session, NotifyType::TemporaryFailure, "its former IKE SAs are not gone yet");
  // What is in use is right even where the policy has changed since.
  Proposals accepted = same_suite(old.suite, old.suite.key_exchange);
  std::ranges::copy(session.context.config.policy.ike, std::back_inserter(accepted));
  auto chosen = choose(accepted, sa.proposals);
  const auto suite = chosen ? ike_suite(*chosen) : std::nullopt;
  if (!suite || !crypto::Prf::find(suite->prf) || spi_in(*chosen).is_zero())
    return refusal(session, NotifyType::NoProposalChosen, "no IKE proposal fits");
  if (!ke || ke->method != suite->key_exchange)
    return refusal(session, NotifyType::InvalidKePayload, "its key exchange is not the one that fits",
                   Writer{}.u16(static_cast<std::uint16_t>(suite->key_exchange)).take());
  const auto key_exchange = crypto::KeyExchange::generate(ke->method, session.context.random);
  const auto g_ir = key_exchange ? key_exchange->shared_secret(ke->data) : std::nullopt;
  if (!g_ir) return refusal(session, NotifyType::InvalidSyntax, "its key exchange value must be refused (RFC 6989)");

  const Bytes n_r = session.context.random.public_bytes(limits::nonce_size);
  const IkeSpi spi_i = spi_in(*chosen), spi_r = session.context.new_ike_spi();
  chosen->spi = spi_octets(spi_r);
  session.await_successor(now, add_successor(session, old, *suite, spi_i, spi_r, false, g_ir->view(), n_i, n_r));
  if (auto* ours = dynamic_cast<RekeyIkeExchange*>(session.outstanding(Exchange::Kind::RekeyIke)))
    ours->note_collision(spi_r, std::min(n_i, n_r));
  return {wire::payload(wire::SaPayload{{*chosen}}), wire::payload(wire::NoncePayload{n_r}),
          wire::payload(wire::KePayload{ke->method, to_bytes(key_exchange->public_value())})};
}

}  // namespace agilevpn::ike
