// What a stock client or gateway answers to its peer's requests.
#include <algorithm>

#include "base/codec.h"
#include "ike/ke.h"
#include "ike/narrowing.h"
#include "ike/nat_detection.h"
#include "ike/wire/microsoft_status.h"
#include "sim/stock/session.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using crypto::KeyExchangeId;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

namespace {

bool offers_group(const wire::Payloads& request) {
  const auto* sa = wire::find<wire::SaPayload>(request);
  const auto is_group = [](const wire::Transform& transform) {
    return transform.type == wire::TransformType::KeyExchange;
  };
  return wire::find<wire::KePayload>(request) || std::ranges::any_of(sa->proposals, [&](const auto& proposal) {
           return std::ranges::any_of(proposal.transforms, is_group);
         });
}

}  // namespace

void Session::answer(Instant now, const Path& from, Channel& channel, const Channel::Request& request) {
  const wire::Payloads& payloads = request.payloads;
  switch (request.header.exchange) {
    case ExchangeType::Informational:
      return channel.answer(request, answer_informational(now, from, channel, payloads));
    case ExchangeType::CreateChildSa: {
      const auto* sa = wire::find<wire::SaPayload>(payloads);
      const bool is_request = sa && !sa->proposals.empty() && wire::find<wire::NoncePayload>(payloads);
      if (!is_request) return channel.answer(request, {wire::notify(NotifyType::InvalidSyntax)});
      if (work_ != Work::Nothing || &channel != channels_.back().get())
        return channel.answer(request, {wire::notify(NotifyType::TemporaryFailure)});
      return channel.answer(request, sa->proposals.front().protocol == wire::ProtocolId::Ike
                                         ? answer_ike(now, payloads)
                                         : answer_child(now, payloads));
    }
    case ExchangeType::IkeFollowupKe: return channel.answer(request, answer_followup(now, payloads));
    default: return channel.answer(request, {wire::notify(NotifyType::InvalidSyntax)});
  }
}

wire::Payloads Session::answer_informational(Instant, const Path& from, Channel& channel,
                                             const wire::Payloads& request) {
  wire::Payloads response;
  if (const auto* cookie = wire::find_notify(request, NotifyType::Cookie2))
    response.push_back(wire::notify(NotifyType::Cookie2, cookie->data));
  if (wire::find_notify(request, NotifyType::NatDetectionSourceIp))
    ike::add_nat_detection(response, channel.spi_i(), channel.spi_r(), from);
  follow(from, channel, request);
  handle_deletes(channel, request, response);
  return response;
}

// MOBIKE: only a client moves.
void Session::follow(const Path& from, const Channel& channel, const wire::Payloads& request) {
  if (!is_gateway() || !has_mobike_ || !wire::find_notify(request, NotifyType::UpdateSaAddresses)) return;
  const auto nat = ike::find_nat(request, channel.spi_i(), channel.spi_r(), from);
  is_behind_nat_ = nat.is_local_behind_nat;
  set_path({from, nat.is_local_behind_nat || nat.is_peer_behind_nat});
  ++counts_.moves;
}

void Session::handle_deletes(Channel& channel, const wire::Payloads& request, wire::Payloads& response) {
  for (const wire::Payload& payload : request) {
    const auto* gone = std::get_if<wire::DeletePayload>(&payload.body);
    if (!gone) continue;
    if (gone->protocol == wire::ProtocolId::Ike) {
      if (&channel == channels_.back().get()) end(peer() + " deletes the IKE SA", is_closing_);
      continue;  // What a rekey replaced; it goes when it is forgotten with the session, as it holds nothing any more.
    }
    for (const EspSpi spi : gone->spis) {
      const auto own = std::ranges::find(children_, spi, &Child::spi_outbound);
      if (own == children_.end()) continue;
      response.push_back(wire::payload(wire::DeletePayload{wire::ProtocolId::Esp, {own->spi_inbound}}));
      handle_deleted(spi);
    }
  }
}

void Session::handle_deleted(EspSpi spi) {
  const auto gone = std::ranges::find(children_, spi, &Child::spi_outbound);
  const bool was_last = children_.size() == 1;
  const bool is_in_use = gone->id == children_.back().id;
  forget_child(gone->id);
  if (!was_last && !is_in_use) changes_.push_back(ike::UseChildSa{children_.back().id});
  if (was_last && !is_gateway() && !kind_.habits.recreates_child && !is_closing_) end(peer() + " deletes the Child SA");
}

// ---- CREATE_CHILD_SA

std::optional<wire::Payload> Session::why_no_child_rekey(const wire::Payloads& request) const {
  if (kind_.habits.refuses_rekey_behind_nat && is_behind_nat_)
    return wire::microsoft_status_notify(wire::microsoft_status::ipsec_ike_invalid_situation);
  if (kind_.habits.refuses_unexpected_group && !kind_.habits.pfs && offers_group(request))
    return wire::microsoft_status_notify(wire::microsoft_status::ipsec_ike_error);
  return std::nullopt;
}

std::optional<wire::Payload> Session::why_no_child(const wire::Payloads& request) {
  const auto* rekeyed = wire::find_notify(request, NotifyType::RekeySa);
  const EspSpi old{rekeyed ? Reader{rekeyed->spi}.u32("SPI").value_or(0) : 0};
  const bool has_selectors = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorInitiator) &&
                             wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorResponder);
  if (!(rekeyed || is_gateway()) || !has_selectors) return wire::notify(NotifyType::NoAdditionalSas);
  if (rekeyed && std::ranges::find(children_, old, &Child::spi_outbound) == children_.end())
    return wire::payload(wire::NotifyPayload{wire::ProtocolId::Esp, rekeyed->spi, NotifyType::ChildSaNotFound, {}});
  auto why = why_no_child_rekey(request);
  if (why) refusals_.push_back("Child SA rekey: " + wire::to_string(NotifyType::MicrosoftStatus));
  return why;
}

// What it takes in such a request, which may have a KE payload.
ike::Proposals Session::child_proposals(const wire::KePayload* ke) const {
  ike::Proposals own;
  const auto& additional = channels_.back()->suite().additional;
  if (ke && !additional.empty()) own = ike::with_key_exchange(kind_.esp, {ke->method}, additional);
  if (ke) std::ranges::copy(ike::with_key_exchange(kind_.esp, {ke->method}), std::back_inserter(own));
  if (!kind_.habits.pfs) std::ranges::copy(kind_.esp, std::back_inserter(own));
  return own;
}

wire::Payloads Session::answer_child(Instant now, const wire::Payloads& request) {
  if (auto why = why_no_child(request)) return {*std::move(why)};
  const auto& offered = wire::find<wire::SaPayload>(request)->proposals;
  auto chosen = ike::choose(child_proposals(wire::find<wire::KePayload>(request)), offered);
  const auto suite = chosen ? ike::esp_suite(*chosen) : std::nullopt;
  const bool has_group = suite && suite->key_exchange != KeyExchangeId::None;
  auto half = has_group ? ike::answer_ke(request, suite->key_exchange, random_) : std::nullopt;
  if (!suite || has_group != half.has_value()) {
    refusals_.push_back("Child SA rekey: nothing fits of " +
                        (offered.empty() ? std::string{} : offered.front().to_string()));
    return {wire::notify(NotifyType::NoProposalChosen)};
  }
  const auto* ts_i = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorInitiator);
  const auto* ts_r = wire::find<wire::TsPayload>(request, PayloadType::TrafficSelectorResponder);
  const Bytes& n_i = wire::find<wire::NoncePayload>(request)->nonce;
  const Bytes n_r = random_.public_bytes(kind_.nonce_size);
  NewChild child{.id = {next_child_++},
                 .spi_inbound = {static_cast<std::uint32_t>(random_.public_u64()) | 0x100},
                 .spi_outbound = esp_spi(*chosen),
                 .suite = *suite,
                 .ts_local = ike::narrow(ts_r->selectors, local_),
                 .ts_remote = ike::narrow(ts_i->selectors, remote_),
                 .is_exchange_initiator = false};
  chosen->spi = Writer{}.u32(child.spi_inbound.value).take();
  wire::Payloads response{wire::payload(wire::SaPayload{{*chosen}}), wire::payload(wire::NoncePayload{n_r})};
  if (half) response.push_back(half->payload);
  response.push_back(wire::ts_i(child.ts_remote));
  response.push_back(wire::ts_r(child.ts_local));
  when_over(now, suite->additional, response,
            [this, child, n_i, n_r, half = std::move(half)](Instant then, ByteView secrets) {
              const Channel& channel = *channels_.back();
              auto keys = ike::derive_child_keys(child.suite, channel.prf(), channel.sk_d(),
                                                 {half ? half->shared.view() : ByteView{}, n_i, n_r, secrets});
              auto installed = install(child, std::move(keys), path_);
              installed.use_outbound = children_.empty();
              use_child(then, {child.id, child.spi_inbound, child.spi_outbound}, std::move(installed));
              child_key_exchange_ = child.suite.key_exchange;
              ++counts_.peer_child_rekeys;
            });
  return response;
}

wire::Payloads Session::answer_ike(Instant now, const wire::Payloads& request) {
  const auto& offered = wire::find<wire::SaPayload>(request)->proposals;
  const auto* ke = wire::find<wire::KePayload>(request);
  const auto methods = ike::key_exchange_methods(offered);
  const KeyExchangeId current = channels_.back()->suite().key_exchange;
  const bool is_known = ke && !methods.empty() &&
                        (!kind_.habits.knows_one_group || (methods.front() == current && ke->method == current));
  auto chosen = is_known ? ike::choose(kind_.ike, offered) : std::nullopt;
  const auto suite = chosen ? ike::ike_suite(*chosen) : std::nullopt;
  if (!suite) {
    refusals_.push_back("IKE SA rekey: nothing fits of " + offered.front().to_string());
    return {wire::notify(NotifyType::NoProposalChosen)};
  }
  if (suite->key_exchange != ke->method)
    return {wire::notify(NotifyType::InvalidKePayload,
                         Writer{}.u16(static_cast<std::uint16_t>(suite->key_exchange)).take())};
  auto half = ike::answer_ke(request, suite->key_exchange, random_);
  if (!half) return {wire::notify(NotifyType::InvalidSyntax)};
  const Bytes& n_i = wire::find<wire::NoncePayload>(request)->nonce;
  const Bytes n_r = random_.public_bytes(kind_.nonce_size);
  const IkeSpi spi_i = ike_spi(*chosen), spi_r{random_.public_u64() | 1};
  chosen->spi = Writer{}.u64(spi_r.value).take();
  wire::Payloads response{wire::payload(wire::SaPayload{{*chosen}}), wire::payload(wire::NoncePayload{n_r}),
                          half->payload};
  when_over(now, suite->additional, response,
            [this, suite = *suite, spi_i, spi_r, n_i, n_r, half = *std::move(half)](Instant then, ByteView secrets) {
              use_channel(then, successor(suite, spi_i, spi_r, false, {half.shared.view(), n_i, n_r, secrets}));
              ++counts_.peer_ike_rekeys;
            });
  return response;
}

}  // namespace agilevpn::sim::stock
