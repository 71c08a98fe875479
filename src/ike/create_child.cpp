#include "ike/create_child.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "ike/create_child_exchange.h"
#include "ike/narrowing.h"
#include "ike/rekey_ike.h"

namespace agilevpn::ike {

namespace {

using crypto::KeyExchangeId;
using wire::NotifyType;
using wire::PayloadType;

// Of additional key exchanges, we take those of the IKE SA and of our policy, and do without.
std::vector<wire::Transform> accepted_additional(const Session& session, const IkeSa& ike_sa) {
  std::vector<wire::Transform> accepted = ike_sa.suite.additional;
  for (const wire::Proposal& proposal : session.context.config.policy.ike)
    std::ranges::copy_if(proposal.transforms, std::back_inserter(accepted),
                         [](const wire::Transform& t) { return wire::is_additional_key_exchange(t.type); });
  for (const auto type : wire::additional_key_exchange_types)
    accepted.push_back(wire::Transform::of(KeyExchangeId::None, type));
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
Chosen choose_key_exchange(const Session& session, const IkeSa& ike_sa, const wire::SaPayload& sa,
                           const wire::KePayload* ke) {
  if (ke && accepts_method(session, ike_sa, ke->method)) {
    const Proposals with = with_key_exchange(session.esp, {ke->method}, accepted_additional(session, ike_sa));
    if (choose(with, sa.proposals)) return {with, std::nullopt};
  }
  const Proposals without = with_key_exchange(session.esp, {});
  if (choose(without, sa.proposals)) return {without, std::nullopt};
  for (const KeyExchangeId method : accepted_methods(session, ike_sa))
    if (choose(with_key_exchange(session.esp, {method}, accepted_additional(session, ike_sa)), sa.proposals))
      return {{}, method};
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
    if (!answer)
      return refusal(session, NotifyType::InvalidSyntax, "its key exchange value must be refused (RFC 6989)");
    response.push_back(std::move(answer->payload));
    g_ir = std::move(answer->shared);
  }
  response.push_back(std::move(chosen->ts_i));
  response.push_back(std::move(chosen->ts_r));
  const auto additional = chosen->child.suite.additional;
  auto finish = [child = std::move(chosen->child), g_ir = std::move(g_ir), n_i, n_r, rekeyed](
                    Session& its, IkeSa& on, Instant then, ByteView secrets) mutable {
    ChildKeys keys = derive_child_keys(child.suite, *on.prf, on.sk_d.view(), {g_ir.view(), n_i, n_r, secrets});
    its.install_child(then, std::move(child), std::move(keys), ExchangeRole::Responder,
                      rekeyed ? Sealing::Later : Sealing::AtOnce, rekeyed);
    if (rekeyed) note_rekey(its, *rekeyed, std::min(n_i, n_r));
  };
  if (additional.empty()) {
    finish(session, ike_sa, now, {});
    return response;
  }
  if (auto* ours = rekeyed ? own_rekey(session, *rekeyed) : nullptr) ours->note_collision({}, std::min(n_i, n_r));
  response.push_back(await_followup(session, ike_sa, now, {.additional = additional, .finish = std::move(finish)}));
  return response;
}

}  // namespace

wire::Payloads refusal(Session& session, NotifyType notify, std::string reason, Bytes data) {
  session.refuse(wire::ExchangeType::CreateChildSa, notify, false, std::move(reason));
  return {wire::notify(notify, std::move(data))};
}

Proposals offer_esp(const Proposals& esp, EspSpi spi) { return offer(esp, Writer{}.u32(spi.value).take()); }

EspSpi spi_of(const wire::Proposal& chosen) { return EspSpi{Reader{chosen.spi}.u32("SPI").value_or(0)}; }

Result<ChosenChild, wire::Payloads> choose_child(Session& session, const wire::Payloads& request,
                                                 const Proposals& allowed, std::optional<ChildSaId> rekeyed) {
  const auto& sa = *wire::find<wire::SaPayload>(request);
  const auto& wanted_i = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorInitiator)->selectors;
  const auto& wanted_r = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorResponder)->selectors;
  if (wire::find_notify(request, NotifyType::UseTransportMode))
    session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::UseTransportMode, false,
                   "transport mode is not for remote access: tunnel mode it is");
  auto chosen = choose(allowed, sa.proposals);
  if (!chosen || spi_of(*chosen).value == 0)
    return Failure{refusal(session, NotifyType::NoProposalChosen,
                           fmt::format("no ESP proposal fits; offered: {}", fmt::join(describe(sa.proposals), "; ")))};
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
  return ChosenChild{std::move(child), wire::payload(wire::SaPayload{{*chosen}}), wire::ts_i(std::move(ts_i)),
                     wire::ts_r(std::move(ts_r))};
}

wire::Payloads answer_create_child(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& request) {
  const auto* sa = wire::find<wire::SaPayload>(request);
  const auto* nonce = wire::find<wire::NoncePayload>(request);
  if (!sa || !nonce || sa->proposals.empty())
    return refusal(session, NotifyType::InvalidSyntax, "it lacks SA or Nonce");
  if (session.phase != Session::Phase::Established || ike_sa.is_replaced)
    return refusal(session, NotifyType::TemporaryFailure, "this IKE SA is being closed or replaced");
  if (sa->proposals.front().protocol == wire::ProtocolId::Ike) return answer_rekey_ike(session, ike_sa, now, request);
  if (!wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorInitiator) ||
      !wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorResponder))
    return refusal(session, NotifyType::InvalidSyntax, "it lacks TSi or TSr");
  // §2.25.2: "If a peer receives a request to ... rekey a Child SA when it is currently rekeying the IKE SA"
  if (session.outstanding(Exchange::Kind::RekeyIke))
    return refusal(session, NotifyType::TemporaryFailure, "we are rekeying the IKE SA");
  if (session.children.size() >= limits::child_sas_max)
    return refusal(session, NotifyType::NoAdditionalSas, "it has enough Child SAs");

  std::optional<ChildSaId> rekeyed;
  if (const auto* rekey = wire::find_notify(request, NotifyType::RekeySa)) {
    const ChildSa* old = session.children.find_outbound(EspSpi{Reader{rekey->spi}.u32("SPI").value_or(0)});
    if (!old) {
      session.refuse(wire::ExchangeType::CreateChildSa, NotifyType::ChildSaNotFound, false,
                     "it rekeys a Child SA that we do not have");
      return {wire::payload(wire::NotifyPayload{wire::ProtocolId::Esp, rekey->spi, NotifyType::ChildSaNotFound, {}})};
    }
    if (old->state != ChildSa::State::Installed)
      return refusal(session, NotifyType::TemporaryFailure, "that Child SA is being replaced");
    rekeyed = old->id;
    if (const auto* ours = own_rekey(session, *rekeyed); ours && ours->goes_on())
      return refusal(session, NotifyType::TemporaryFailure, "we are rekeying that Child SA");  // RFC 9370 §2.2.4
  }
  const Chosen chosen = choose_key_exchange(session, ike_sa, *sa, wire::find<wire::KePayload>(request));
  if (chosen.wanted)
    return refusal(session, NotifyType::InvalidKePayload, "its key exchange is not the one that fits",
                   Writer{}.u16(static_cast<std::uint16_t>(*chosen.wanted)).take());
  if (chosen.allowed.empty())
    return refusal(session, NotifyType::NoProposalChosen,
                   fmt::format("no ESP proposal fits; offered: {}", fmt::join(describe(sa->proposals), "; ")));
  return answer_with_keys(session, ike_sa, now, request, chosen.allowed, rekeyed);
}

}  // namespace agilevpn::ike
