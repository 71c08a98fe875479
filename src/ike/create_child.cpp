#include "ike/create_child.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "crypto/key_exchange.h"
#include "ike/informational.h"
#include "ike/narrowing.h"
#include "ike/rekey_ike.h"

namespace agilevpn::ike {

namespace {

using crypto::KeyExchangeId;
using wire::NotifyType;
using wire::PayloadType;

// Our own exchange, for a new Child SA or for the successor of one.
class CreateChildExchange final : public Exchange {
 public:
  explicit CreateChildExchange(ChildSaId rekeyed) : rekeyed_(rekeyed) {}
  CreateChildExchange(TrafficSelectors ts_local, TrafficSelectors ts_remote)
      : ts_local_(std::move(ts_local)), ts_remote_(std::move(ts_remote)) {}

  Kind kind() const override { return rekeyed_ ? Kind::RekeyChild : Kind::CreateChild; }
  wire::ExchangeType type() const override { return wire::ExchangeType::CreateChildSa; }
  std::optional<ChildSaId> child() const override { return rekeyed_; }
  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant now) override;
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) override;

  // The peer rekeyed the same Child SA while our request was under way (§2.8.1).
  void note_collision(ChildSaId successor, Bytes lowest_nonce) {
    collision_ = Collision{successor, std::move(lowest_nonce)};
  }

 private:
  struct Collision {
    ChildSaId successor;
    Bytes lowest_nonce;
  };
  void handle_error(Session& session, Instant now, const wire::NotifyPayload& error);
  void retry(Session& session, Instant at) const;
  // The Child SA of a response; nothing if it is not one that we offered.
  std::optional<ChildSa> read_child(const wire::Payloads& response) const;
  void settle(Session& session, Instant now, ChildSaId successor, bool is_loser);

  std::optional<ChildSaId> rekeyed_;
  TrafficSelectors ts_local_, ts_remote_;
  std::optional<KeyExchangeId> method_;  // What INVALID_KE_PAYLOAD asked for.
  std::optional<crypto::KeyExchange> key_exchange_;
  Bytes nonce_;
  EspSpi spi_inbound_;
  Proposals offer_;
  std::optional<Collision> collision_;
};

Proposals proposals_for(const Session& session, std::optional<KeyExchangeId> method) {
  Proposals proposals;
  if (method) proposals = with_key_exchange(session.esp, {*method});
  // A peer whose ESP proposals know no PFS can still take these.
  for (const wire::Proposal& proposal : with_key_exchange(session.esp, {})) proposals.push_back(proposal);
  return proposals;
}

std::optional<wire::Payloads> CreateChildExchange::build(Session& session, IkeSa& ike_sa, Instant) {
  wire::Payloads payloads;
  if (rekeyed_) {
    const ChildSa* old = session.children.find(*rekeyed_);
    if (!old || old->state != ChildSa::State::Installed) return std::nullopt;
    ts_local_ = old->ts_local;
    ts_remote_ = old->ts_remote;
    payloads.push_back(wire::payload(wire::NotifyPayload{
        wire::ProtocolId::Esp, Writer{}.u32(old->spi_inbound.value).take(), NotifyType::RekeySa, {}}));
  }
  if (!method_ && session.settings().pfs) method_ = ike_sa.suite.key_exchange;
  if (method_) key_exchange_ = crypto::KeyExchange::generate(*method_, session.context.random);
  nonce_ = session.context.random.public_bytes(limits::nonce_size);
  spi_inbound_ = session.context.new_esp_spi();
  offer_ = offer_esp(proposals_for(session, method_), spi_inbound_);
  payloads.push_back(wire::payload(wire::SaPayload{offer_}));
  payloads.push_back(wire::payload(wire::NoncePayload{nonce_}));
  if (key_exchange_) payloads.push_back(wire::payload(wire::KePayload{*method_, to_bytes(key_exchange_->public_value())}));
  payloads.push_back(wire::ts_i(ts_local_));
  payloads.push_back(wire::ts_r(ts_remote_));
  return payloads;
}

void CreateChildExchange::retry(Session& session, Instant at) const {
  if (!rekeyed_) {
    session.retries.emplace_back(at, create_child_sa(ts_local_, ts_remote_));
  } else if (ChildSa* old = session.children.find(*rekeyed_); old && old->state == ChildSa::State::Installed) {
    old->rekey_at = at;
  }
}

void CreateChildExchange::handle_error(Session& session, Instant now, const wire::NotifyPayload& error) {
  if (error.type == NotifyType::InvalidKePayload && error.data.size() == 2) {
    const KeyExchangeId wanted{*Reader{error.data}.u16("Accepted D-H Group")};
    if (wanted != method_ && crypto::KeyExchange::is_supported(wanted)) {
      auto again = rekeyed_ ? std::make_unique<CreateChildExchange>(*rekeyed_)
                            : std::make_unique<CreateChildExchange>(ts_local_, ts_remote_);
      again->method_ = wanted;
      return session.enqueue(now, std::move(again));
    }
  }
  session.refuse(wire::ExchangeType::CreateChildSa, error.type, true, rekeyed_ ? "the peer does not rekey the Child SA" : "the peer refused a Child SA",
                 error.data);
  if (error.type == NotifyType::TemporaryFailure) return retry(session, session.retry_time(now));
  if (!rekeyed_ || collision_) return;
  if (error.type == NotifyType::ChildSaNotFound) {  // §2.25.1: it is gone there; make one anew.
    session.children.retire(now, *rekeyed_, true);
    return session.enqueue(now, create_child_sa(ts_local_, ts_remote_));
  }
  if (ChildSa* old = session.children.find(*rekeyed_)) old->rekey_at = now + session.settings().child_rekey / 10;
}

std::optional<ChildSa> CreateChildExchange::read_child(const wire::Payloads& response) const {
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* ts_i = wire::find<wire::TsPayload>(response, PayloadType::TrafficSelectorInitiator);
  const auto* ts_r = wire::find<wire::TsPayload>(response, PayloadType::TrafficSelectorResponder);
  if (!sa || !ts_i || !ts_r || !is_valid_answer(offer_, sa->proposals)) return std::nullopt;
  const auto suite = esp_suite(sa->proposals.front());
  if (!suite || !is_narrowing(ts_i->selectors, ts_local_) || !is_narrowing(ts_r->selectors, ts_remote_)) return std::nullopt;
  return ChildSa{.spi_inbound = spi_inbound_,
                 .spi_outbound = spi_of(sa->proposals.front()),
                 .suite = *suite,
                 .ts_local = ts_i->selectors,
                 .ts_remote = ts_r->selectors};
}

void CreateChildExchange::process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) {
  if (const auto* error = wire::find_error(response)) return handle_error(session, now, *error);
  const auto* nonce = wire::find<wire::NoncePayload>(response);
  const auto* ke = wire::find<wire::KePayload>(response);
  auto child = read_child(response);
  const bool has_pfs = child && child->suite.key_exchange != KeyExchangeId::None;
  std::optional<Secret> g_ir = Secret{};
  if (has_pfs) g_ir = ke && key_exchange_ && ke->method == child->suite.key_exchange ? key_exchange_->shared_secret(ke->data) : std::nullopt;
  if (!child || !nonce || !g_ir)
    return session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::InvalidSyntax, false, "the peer's Child SA is not what we offered");
  const Bytes lowest = std::min(nonce_, nonce->nonce);
  const bool is_loser = collision_ && session.children.find(collision_->successor) && lowest < collision_->lowest_nonce;
  ChildKeys keys = derive_child_keys(child->suite, *ike_sa.prf, ike_sa.sk_d.view(), g_ir->view(), nonce_, nonce->nonce);
  session.install_child(now, *std::move(child), std::move(keys), true, !is_loser, rekeyed_);
  if (rekeyed_) settle(session, now, session.children.newest().id, is_loser);
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
  if (ChildSa* other = collision_ ? session.children.find(collision_->successor) : nullptr) {
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

// ---- Responder

std::vector<KeyExchangeId> accepted_methods(const Session& session, const IkeSa& ike_sa) {
  auto methods = key_exchange_methods(session.context.config.policy.ike);
  methods.insert(methods.begin(), ike_sa.suite.key_exchange);
  return methods;
}

bool has_method(const Session& session, const IkeSa& ike_sa, KeyExchangeId method) {
  const auto methods = accepted_methods(session, ike_sa);
  return std::ranges::find(methods, method) != methods.end();
}

// The ESP proposals that fit the request's KE payload, or that it can do without one. Nothing: see `wanted`.
struct Chosen {
  Proposals allowed;
  std::optional<KeyExchangeId> wanted;  // The offer fits with this method only: INVALID_KE_PAYLOAD.
};
Chosen choose_key_exchange(const Session& session, const IkeSa& ike_sa, const wire::SaPayload& sa, const wire::KePayload* ke) {
  if (ke && has_method(session, ike_sa, ke->method)) {
    const Proposals with = with_key_exchange(session.esp, {ke->method});
    if (choose(with, sa.proposals)) return {with, std::nullopt};
  }
  const Proposals without = with_key_exchange(session.esp, {});
  if (choose(without, sa.proposals)) return {without, std::nullopt};
  for (const KeyExchangeId method : accepted_methods(session, ike_sa))
    if (choose(with_key_exchange(session.esp, {method}), sa.proposals)) return {{}, method};
  return {};
}

// Makes our half of the exchange's secrets and installs the Child SA.
wire::Payloads answer_with_keys(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& request,
                                const Proposals& allowed, std::optional<ChildSaId> rekeyed, const Bytes& n_r) {
  const auto* ke = wire::find<wire::KePayload>(request);
  const Bytes& n_i = wire::find<wire::NoncePayload>(request)->nonce;
  const bool has_pfs = !key_exchange_methods(allowed).empty();
  wire::Payloads before{wire::payload(wire::NoncePayload{n_r})};
  std::optional<Secret> g_ir = Secret{};
  if (has_pfs) {
    const auto key_exchange = crypto::KeyExchange::generate(ke->method, session.context.random);
    g_ir = key_exchange ? key_exchange->shared_secret(ke->data) : std::nullopt;
    if (!g_ir) return refusal(session, NotifyType::InvalidSyntax, "its key exchange value must be refused (RFC 6989)");
    before.push_back(wire::payload(wire::KePayload{ke->method, to_bytes(key_exchange->public_value())}));
  }
  return answer_child(session, now, request, std::move(before),
                      {.prf = *ike_sa.prf, .sk_d = ike_sa.sk_d.view(), .g_ir = g_ir->view(), .n_i = n_i, .n_r = n_r},
                      allowed, rekeyed);
}

void note_rekey(Session& session, ChildSaId rekeyed, Bytes lowest_nonce) {
  ChildSa* old = session.children.find(rekeyed);
  if (!old) return;
  old->state = ChildSa::State::Replaced;
  old->rekey_at.reset();
  auto* ours = dynamic_cast<CreateChildExchange*>(session.outstanding(Exchange::Kind::RekeyChild));
  if (ours && ours->child() == rekeyed) ours->note_collision(session.children.newest().id, std::move(lowest_nonce));
}

bool has_notify(const wire::Payloads& payloads) { return wire::find<wire::NotifyPayload>(payloads) != nullptr; }

}  // namespace

wire::Payloads refusal(Session& session, NotifyType notify, std::string reason, Bytes data) {
  session.refuse(wire::ExchangeType::CreateChildSa, notify, false, std::move(reason));
  return {wire::notify(notify, std::move(data))};
}

std::unique_ptr<Exchange> create_child_sa(TrafficSelectors ts_local, TrafficSelectors ts_remote) {
  return std::make_unique<CreateChildExchange>(std::move(ts_local), std::move(ts_remote));
}

std::unique_ptr<Exchange> rekey_child_sa(ChildSaId child) { return std::make_unique<CreateChildExchange>(child); }

Proposals offer_esp(const Proposals& esp, EspSpi spi) { return offer(esp, Writer{}.u32(spi.value).take()); }

EspSpi spi_of(const wire::Proposal& chosen) {
  return EspSpi{Reader{chosen.spi}.u32("SPI").value_or(0)};
}

wire::Payloads answer_child(Session& session, Instant now, const wire::Payloads& request, wire::Payloads before,
                            const ChildKeySource& source, const Proposals& allowed, std::optional<ChildSaId> rekeyed) {
  const auto& sa = *wire::find<wire::SaPayload>(request);
  const auto& wanted_i = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorInitiator)->selectors;
  const auto& wanted_r = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorResponder)->selectors;
  if (wire::find_notify(request, NotifyType::UseTransportMode))
    session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::UseTransportMode, false, "transport mode is not for remote access: tunnel mode it is");
  auto chosen = choose(allowed, sa.proposals);
  if (!chosen || spi_of(*chosen).value == 0)
    return refusal(session, NotifyType::NoProposalChosen, fmt::format("no ESP proposal fits; offered: {}", fmt::join(describe(sa.proposals), "; ")));
  const ChildSa* old = rekeyed ? session.children.find(*rekeyed) : nullptr;
  TrafficSelectors ts_i = narrow(wanted_i, old ? old->ts_remote : session.allowed_remote);
  TrafficSelectors ts_r = narrow(wanted_r, old ? old->ts_local : session.allowed_local);
  // A family of which one side has nothing carries nothing.
  const auto lacks = [](const TrafficSelectors& in) {
    return [&in](const TrafficSelector& ts) {
      return std::ranges::none_of(in, [&](const TrafficSelector& other) { return other.family() == ts.family(); });
    };
  };
  std::erase_if(ts_r, lacks(ts_i));
  std::erase_if(ts_i, lacks(ts_r));
  if (ts_i.empty() || ts_r.empty())
    return refusal(session, NotifyType::TsUnacceptable,
                   fmt::format("it wants {} to {}; we allow {} to {}", to_string(wanted_i), to_string(wanted_r),
                               to_string(session.allowed_remote), to_string(session.allowed_local)));
  ChildSa child{.spi_inbound = session.context.new_esp_spi(),
                .spi_outbound = spi_of(*chosen),
                .suite = *esp_suite(*chosen),
                .ts_local = ts_r,
                .ts_remote = ts_i};
  chosen->spi = Writer{}.u32(child.spi_inbound.value).take();
  ChildKeys keys = derive_child_keys(child.suite, source.prf, source.sk_d, source.g_ir, source.n_i, source.n_r);
  session.install_child(now, std::move(child), std::move(keys), false, !rekeyed, rekeyed);
  wire::Payloads payloads{wire::payload(wire::SaPayload{{*chosen}})};
  std::ranges::move(before, std::back_inserter(payloads));
  payloads.push_back(wire::ts_i(std::move(ts_i)));
  payloads.push_back(wire::ts_r(std::move(ts_r)));
  return payloads;
}

wire::Payloads answer_create_child(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& request) {
  const auto* sa = wire::find<wire::SaPayload>(request);
  const auto* nonce = wire::find<wire::NoncePayload>(request);
  if (!sa || !nonce || sa->proposals.empty()) return refusal(session, NotifyType::InvalidSyntax, "it lacks SA or Nonce");
  if (session.phase != Session::Phase::Established || ike_sa.is_replaced)
    return refusal(session, NotifyType::TemporaryFailure, "this IKE SA is being closed or replaced");
  if (sa->proposals.front().protocol == wire::ProtocolId::Ike) return answer_rekey_ike(session, ike_sa, now, request);
  if (!wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorInitiator) ||
      !wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorResponder))
    return refusal(session, NotifyType::InvalidSyntax, "it lacks TSi or TSr");
  // §2.25.2: "If a peer receives a request to ... rekey a Child SA when it is currently rekeying the IKE SA"
  if (session.outstanding(Exchange::Kind::RekeyIke)) return refusal(session, NotifyType::TemporaryFailure, "we are rekeying the IKE SA");
  if (session.children.size() >= limits::child_sas_max) return refusal(session, NotifyType::NoAdditionalSas, "it has enough Child SAs");

  std::optional<ChildSaId> rekeyed;
  if (const auto* rekey = wire::find_notify(request, NotifyType::RekeySa)) {
    const ChildSa* old = session.children.find_outbound(EspSpi{Reader{rekey->spi}.u32("SPI").value_or(0)});
    if (!old) {
      session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::ChildSaNotFound, false, "it rekeys a Child SA that we do not have");
      return {wire::payload(wire::NotifyPayload{wire::ProtocolId::Esp, rekey->spi, NotifyType::ChildSaNotFound, {}})};
    }
    if (old->state != ChildSa::State::Installed) return refusal(session, NotifyType::TemporaryFailure, "that Child SA is being replaced");
    rekeyed = old->id;
  }
  const Chosen chosen = choose_key_exchange(session, ike_sa, *sa, wire::find<wire::KePayload>(request));
  if (chosen.wanted)
    return refusal(session, NotifyType::InvalidKePayload, "its key exchange is not the one that fits",
                   Writer{}.u16(static_cast<std::uint16_t>(*chosen.wanted)).take());
  if (chosen.allowed.empty())
    return refusal(session, NotifyType::NoProposalChosen, fmt::format("no ESP proposal fits; offered: {}", fmt::join(describe(sa->proposals), "; ")));
  const Bytes n_r = session.context.random.public_bytes(limits::nonce_size);
  wire::Payloads response = answer_with_keys(session, ike_sa, now, request, chosen.allowed, rekeyed, n_r);
  if (rekeyed && !has_notify(response)) note_rekey(session, *rekeyed, std::min(nonce->nonce, n_r));
  return response;
}

}  // namespace agilevpn::ike
