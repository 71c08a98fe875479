#include "ike/create_child.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "ike/followup_ke.h"
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
  wire::ExchangeType type() const override {
    return followup_ ? wire::ExchangeType::IkeFollowupKe : wire::ExchangeType::CreateChildSa;
  }
  std::optional<ChildSaId> child() const override { return rekeyed_; }
  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant now) override;
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) override;
  bool goes_on() const override { return followup_ && !followup_->is_over(); }

  // The peer rekeyed the same Child SA while our request was under way (§2.8.1), or is about it: then without a successor.
  void note_collision(std::optional<ChildSaId> successor, Bytes lowest_nonce) {
    collision_ = Collision{successor, std::move(lowest_nonce)};
  }

 private:
  struct Collision {
    std::optional<ChildSaId> successor;
    Bytes lowest_nonce;
  };
  // What the peer answered to CREATE_CHILD_SA.
  struct Negotiated {
    ChildSa child;
    Secret g_ir;
    Bytes n_r;
    Bytes lowest_nonce;
  };
  void handle_error(Session& session, Instant now, const wire::NotifyPayload& error);
  void retry(Session& session, Instant at) const;
  // The Child SA of a response; nothing if it is not one that we offered.
  std::optional<ChildSa> read_child(const wire::Payloads& response) const;
  std::optional<Negotiated> read_response(const wire::Payloads& response) const;
  ChildSa* rival(Session& session) const { return collision_ && collision_->successor ? session.children.find(*collision_->successor) : nullptr; }
  void begin_followup(Session& session, Instant now, const wire::Payloads& response);
  void give_up(Session& session);
  void finish(Session& session, IkeSa& ike_sa, Instant now);
  void settle(Session& session, Instant now, ChildSaId successor, bool is_loser);

  std::optional<ChildSaId> rekeyed_;
  TrafficSelectors ts_local_, ts_remote_;
  std::optional<KeyExchangeId> method_;  // What INVALID_KE_PAYLOAD asked for.
  std::optional<crypto::KeyExchange> key_exchange_;
  Bytes nonce_;
  EspSpi spi_inbound_;
  Proposals offer_;
  std::optional<Collision> collision_;
  IkeSpi negotiated_on_;
  std::optional<Negotiated> negotiated_;
  std::optional<FollowupKe> followup_;
};

// The IKE SA's key exchanges. A peer whose ESP proposals know less of them, or no PFS, can still take the rest.
Proposals proposals_for(const Session& session, const IkeSa& ike_sa, std::optional<KeyExchangeId> method) {
  Proposals proposals;
  if (method && !ike_sa.suite.additional.empty()) proposals = with_key_exchange(session.esp, {*method}, ike_sa.suite.additional);
  if (method) std::ranges::copy(with_key_exchange(session.esp, {*method}), std::back_inserter(proposals));
  std::ranges::copy(with_key_exchange(session.esp, {}), std::back_inserter(proposals));
  return proposals;
}

std::optional<wire::Payloads> CreateChildExchange::build(Session& session, IkeSa& ike_sa, Instant) {
  if (followup_ && negotiated_on_ == ike_sa.local_spi()) return followup_->build(session.context.random);
  followup_.reset();
  negotiated_on_ = ike_sa.local_spi();
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
  offer_ = offer_esp(proposals_for(session, ike_sa, method_), spi_inbound_);
  payloads.push_back(wire::payload(wire::SaPayload{offer_}));
  payloads.push_back(wire::payload(wire::NoncePayload{nonce_}));
  if (key_exchange_) payloads.push_back(ke_payload(*key_exchange_));
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
  if (lost_its_state(session, now, error)) return;
  if (error.type == NotifyType::TemporaryFailure || error.type == NotifyType::StateNotFound) return retry(session, session.retry_time(now));
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

std::optional<CreateChildExchange::Negotiated> CreateChildExchange::read_response(const wire::Payloads& response) const {
  const auto* nonce = wire::find<wire::NoncePayload>(response);
  auto child = read_child(response);
  if (!child || !nonce) return std::nullopt;
  std::optional<Secret> g_ir = Secret{};
  if (const auto method = child->suite.key_exchange; method != KeyExchangeId::None)
    g_ir = key_exchange_ && key_exchange_->method() == method ? finish_ke(*key_exchange_, response) : std::nullopt;
  if (!g_ir) return std::nullopt;
  return Negotiated{*std::move(child), *std::move(g_ir), nonce->nonce, std::min(nonce_, nonce->nonce)};
}

void CreateChildExchange::process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) {
  if (const auto* error = wire::find_error(response)) {
    followup_.reset();
    return handle_error(session, now, *error);
  }
  if (followup_) {
    if (!followup_->process(response)) return give_up(session);
    return followup_->is_over() ? finish(session, ike_sa, now) : void();
  }
  negotiated_ = read_response(response);
  if (!negotiated_) return give_up(session);
  if (negotiated_->child.suite.additional.empty()) return finish(session, ike_sa, now);
  begin_followup(session, now, response);
}

// RFC 9370 §2.2.4: nothing is made yet, so of two rekeys at once the one with the lowest nonce just stops.
void CreateChildExchange::begin_followup(Session& session, Instant now, const wire::Payloads& response) {
  if (collision_ && negotiated_->lowest_nonce < collision_->lowest_nonce)
    return retry(session, session.retry_time(now));  // Should the peer's not come to an end.
  if (collision_ && session.pending_sa && !session.pending_sa->is_ike_sa) session.pending_sa.reset();  // The peer's stops.
  followup_ = FollowupKe::begin(negotiated_->child.suite.additional, response);
  if (!followup_) give_up(session);
}

void CreateChildExchange::give_up(Session& session) {
  followup_.reset();
  session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::InvalidSyntax, false, "the peer's Child SA is not what we offered");
}

void CreateChildExchange::finish(Session& session, IkeSa& ike_sa, Instant now) {
  session.states_lost = 0;
  const bool is_loser = rival(session) && negotiated_->lowest_nonce < collision_->lowest_nonce;
  ChildKeys keys = derive_child_keys(negotiated_->child.suite, *ike_sa.prf, ike_sa.sk_d.view(),
                                     {negotiated_->g_ir.view(), nonce_, negotiated_->n_r, followup_ ? followup_->secrets() : ByteView{}});
  session.install_child(now, std::move(negotiated_->child), std::move(keys), true, !is_loser, rekeyed_);
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
  if (ChildSa* other = rival(session)) {
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

// Of additional key exchanges, we take those of the IKE SA and of our policy, and do without.
std::vector<wire::Transform> accepted_additional(const Session& session, const IkeSa& ike_sa) {
  std::vector<wire::Transform> accepted = ike_sa.suite.additional;
  for (const wire::Proposal& proposal : session.context.config.policy.ike)
    std::ranges::copy_if(proposal.transforms, std::back_inserter(accepted),
                         [](const wire::Transform& t) { return wire::is_additional_key_exchange(t.type); });
  for (const auto type : wire::additional_key_exchange_types) accepted.push_back(wire::Transform::of(KeyExchangeId::None, type));
  return accepted;
}

// Our own rekey of it that is under way.
CreateChildExchange* own_rekey(const Session& session, ChildSaId rekeyed) {
  auto* const ours = dynamic_cast<CreateChildExchange*>(session.outstanding(Exchange::Kind::RekeyChild));
  return ours && ours->child() == rekeyed ? ours : nullptr;
}

// The ESP proposals that fit the request's KE payload, or that it can do without one. Nothing: see `wanted`.
struct Chosen {
  Proposals allowed;
  std::optional<KeyExchangeId> wanted;  // The offer fits with this method only: INVALID_KE_PAYLOAD.
};
Chosen choose_key_exchange(const Session& session, const IkeSa& ike_sa, const wire::SaPayload& sa, const wire::KePayload* ke) {
  if (ke && has_method(session, ike_sa, ke->method)) {
    const Proposals with = with_key_exchange(session.esp, {ke->method}, accepted_additional(session, ike_sa));
    if (choose(with, sa.proposals)) return {with, std::nullopt};
  }
  const Proposals without = with_key_exchange(session.esp, {});
  if (choose(without, sa.proposals)) return {without, std::nullopt};
  for (const KeyExchangeId method : accepted_methods(session, ike_sa))
    if (choose(with_key_exchange(session.esp, {method}, accepted_additional(session, ike_sa)), sa.proposals)) return {{}, method};
  return {};
}

void note_rekey(Session& session, ChildSaId rekeyed, const Bytes& lowest_nonce) {
  ChildSa* old = session.children.find(rekeyed);
  if (!old) return;
  old->state = ChildSa::State::Replaced;
  old->rekey_at.reset();
  if (auto* ours = own_rekey(session, rekeyed)) ours->note_collision(session.children.newest().id, lowest_nonce);
}

// Makes our half of the exchange's secrets. The Child SA is installed at once, or after the additional key exchanges.
wire::Payloads answer_with_keys(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& request,
                                const Proposals& allowed, std::optional<ChildSaId> rekeyed) {
  const Bytes n_i = wire::find<wire::NoncePayload>(request)->nonce;
  const Bytes n_r = session.context.random.public_bytes(limits::nonce_size);
  auto chosen = choose_child(session, request, allowed, rekeyed);
  if (!chosen) return std::move(chosen.error());
  wire::Payloads response{std::move(chosen->sa), wire::payload(wire::NoncePayload{n_r})};
  Secret g_ir;
  if (const auto method = chosen->child.suite.key_exchange; method != KeyExchangeId::None) {
    auto answer = answer_ke(request, method, session.context.random);
    if (!answer) return refusal(session, NotifyType::InvalidSyntax, "its key exchange value must be refused (RFC 6989)");
    response.push_back(std::move(answer->payload));
    g_ir = std::move(answer->shared);
  }
  response.push_back(std::move(chosen->ts_i));
  response.push_back(std::move(chosen->ts_r));
  const auto additional = chosen->child.suite.additional;
  auto finish = [child = std::move(chosen->child), g_ir = std::move(g_ir), n_i, n_r, rekeyed](Session& its, IkeSa& on, Instant then, ByteView secrets) mutable {
    ChildKeys keys = derive_child_keys(child.suite, *on.prf, on.sk_d.view(), {g_ir.view(), n_i, n_r, secrets});
    its.install_child(then, std::move(child), std::move(keys), false, !rekeyed, rekeyed);
    if (rekeyed) note_rekey(its, *rekeyed, std::min(n_i, n_r));
  };
  if (additional.empty()) {
    finish(session, ike_sa, now, {});
    return response;
  }
  if (auto* ours = rekeyed ? own_rekey(session, *rekeyed) : nullptr) ours->note_collision(std::nullopt, std::min(n_i, n_r));
  response.push_back(await_followup(session, ike_sa, now, {.additional = additional, .finish = std::move(finish)}));
  return response;
}

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

Result<ChosenChild, wire::Payloads> choose_child(Session& session, const wire::Payloads& request, const Proposals& allowed,
                                                 std::optional<ChildSaId> rekeyed) {
  const auto& sa = *wire::find<wire::SaPayload>(request);
  const auto& wanted_i = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorInitiator)->selectors;
  const auto& wanted_r = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorResponder)->selectors;
  if (wire::find_notify(request, NotifyType::UseTransportMode))
    session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::UseTransportMode, false, "transport mode is not for remote access: tunnel mode it is");
  auto chosen = choose(allowed, sa.proposals);
  if (!chosen || spi_of(*chosen).value == 0)
    return Failure{refusal(session, NotifyType::NoProposalChosen, fmt::format("no ESP proposal fits; offered: {}", fmt::join(describe(sa.proposals), "; ")))};
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
    return Failure{refusal(session, NotifyType::TsUnacceptable,
                           fmt::format("it wants {} to {}; we allow {} to {}", to_string(wanted_i), to_string(wanted_r),
                                       to_string(session.allowed_remote), to_string(session.allowed_local)))};
  ChildSa child{.spi_inbound = session.context.new_esp_spi(),
                .spi_outbound = spi_of(*chosen),
                .suite = *esp_suite(*chosen),
                .ts_local = ts_r,
                .ts_remote = ts_i};
  chosen->spi = Writer{}.u32(child.spi_inbound.value).take();
  return ChosenChild{std::move(child), wire::payload(wire::SaPayload{{*chosen}}), wire::ts_i(std::move(ts_i)), wire::ts_r(std::move(ts_r))};
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
    if (const auto* ours = own_rekey(session, *rekeyed); ours && ours->goes_on())
      return refusal(session, NotifyType::TemporaryFailure, "we are rekeying that Child SA");  // RFC 9370 §2.2.4
  }
  const Chosen chosen = choose_key_exchange(session, ike_sa, *sa, wire::find<wire::KePayload>(request));
  if (chosen.wanted)
    return refusal(session, NotifyType::InvalidKePayload, "its key exchange is not the one that fits",
                   Writer{}.u16(static_cast<std::uint16_t>(*chosen.wanted)).take());
  if (chosen.allowed.empty())
    return refusal(session, NotifyType::NoProposalChosen, fmt::format("no ESP proposal fits; offered: {}", fmt::join(describe(sa->proposals), "; ")));
  return answer_with_keys(session, ike_sa, now, request, chosen.allowed, rekeyed);
}

}  // namespace agilevpn::ike
