// What a stock client asks for while it is connected: rekeys, a new Child SA, the end of one.
#include <algorithm>

#include "base/codec.h"
#include "sim/stock/message.h"
#include "sim/stock/session.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using crypto::KeyExchangeId;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

namespace {

constexpr auto retry_pause = 7s;  // After TEMPORARY_FAILURE, or while something else is asked for.
constexpr std::size_t nonce_size = 32;

wire::Payload ke_of(const crypto::KeyExchange& key_exchange) {
  return wire::payload(wire::KePayload{key_exchange.method(), to_bytes(key_exchange.public_value())});
}

}  // namespace

void Session::start(Instant now, Work work) {
  if (work == Work::Nothing || ending_ || is_closing_) return;
  const bool needs_child = work == Work::RekeyChild || work == Work::DeleteChild;
  if (needs_child && children_.empty()) return;
  if (work_ != Work::Nothing || !channels_.back()->is_idle()) return put_off(now, work);
  work_ = work;
  switch (work) {
    case Work::Nothing: return;
    case Work::MakeChild:
    case Work::RekeyChild: return make_child(now, wished_group());
    case Work::RekeyIke: return rekey_ike(now, channels_.back()->suite().key_exchange);
    case Work::DeleteChild: ++counts_.idle_deletes; return delete_child(now, children_.back());
  }
}

void Session::put_off(Instant now, Work work) {
  if (std::ranges::find(waiting_, work) == waiting_.end()) waiting_.push_back(work);
  timers_[Timer::Retry] = now + retry_pause;
}

std::optional<KeyExchangeId> Session::wished_group() const {
  if (kind_.habits.pfs) return kind_.habits.pfs;
  return kind_.habits.offers_pfs ? std::optional{channels_.back()->suite().key_exchange} : std::nullopt;
}

void Session::make_child(Instant now, std::optional<KeyExchangeId> group) {
  wire::Payloads payloads;
  if (work_ == Work::RekeyChild)
    payloads.push_back(wire::payload(wire::NotifyPayload{
        wire::ProtocolId::Esp, Writer{}.u32(children_.back().spi_inbound.value).take(), NotifyType::RekeySa, {}}));
  attempt_ = {.nonce = random_.public_bytes(nonce_size),
              .esp_spi = {static_cast<std::uint32_t>(random_.public_u64()) | 0x100}};
  ike::Proposals proposals;
  const auto& additional = channels_.back()->suite().additional;
  if (group && !additional.empty()) proposals = ike::with_key_exchange(kind_.esp, {*group}, additional);
  if (group) std::ranges::copy(ike::with_key_exchange(kind_.esp, {*group}), std::back_inserter(proposals));
  if (!kind_.habits.pfs) std::ranges::copy(kind_.esp, std::back_inserter(proposals));
  attempt_.offer = ike::offer(std::move(proposals), Writer{}.u32(attempt_.esp_spi.value).take());
  payloads.push_back(wire::payload(wire::SaPayload{attempt_.offer}));
  payloads.push_back(wire::payload(wire::NoncePayload{attempt_.nonce}));
  if (group) {
    attempt_.key_exchange = crypto::KeyExchange::generate(*group, random_);
    payloads.push_back(ke_of(*attempt_.key_exchange));
  }
  payloads.push_back(wire::ts_i(local_));  // Not what was narrowed: once more what it wished for.
  payloads.push_back(wire::ts_r(remote_));
  channels_.back()->ask(now, ExchangeType::CreateChildSa, std::move(payloads),
                        [this](Instant then, const wire::Payloads& response) { finish_child(then, response); });
}

std::optional<Secret> Session::shared_secret(const wire::Payloads& response, KeyExchangeId method) const {
  if (method == KeyExchangeId::None) return Secret{};
  const auto* ke = wire::find<wire::KePayload>(response);
  if (!ke || !attempt_.key_exchange || ke->method != method || attempt_.key_exchange->method() != method)
    return std::nullopt;
  return attempt_.key_exchange->shared_secret(ke->data);
}

void Session::finish_child(Instant now, const wire::Payloads& response) {
  if (is_refused(now, response)) return;
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* nonce = wire::find<wire::NoncePayload>(response);
  const auto* ts_i = wire::find<wire::TsPayload>(response, PayloadType::TrafficSelectorInitiator);
  const auto* ts_r = wire::find<wire::TsPayload>(response, PayloadType::TrafficSelectorResponder);
  const bool is_answer = sa && nonce && ts_i && ts_r && ike::is_valid_answer(attempt_.offer, sa->proposals);
  const auto suite = is_answer ? ike::esp_suite(sa->proposals.front()) : std::nullopt;
  const auto g_ir = suite ? shared_secret(response, suite->key_exchange) : std::nullopt;
  if (!g_ir) return end(peer() + "'s answer to the Child SA makes no sense");
  if (must_follow_up(now, suite->additional, response, &Session::finish_child)) return;
  const Work work = std::exchange(work_, Work::Nothing);
  const Channel& channel = *channels_.back();
  auto keys = ike::derive_child_keys(*suite, channel.prf(), channel.sk_d(),
                                     {g_ir->view(), attempt_.nonce, nonce->nonce, attempt_.additional()});
  NewChild child{.id = {next_child_++},
                 .spi_inbound = attempt_.esp_spi,
                 .spi_outbound = esp_spi(sa->proposals.front()),
                 .suite = *suite,
                 .ts_local = ts_i->selectors,
                 .ts_remote = ts_r->selectors};
  const std::optional<Child> old = children_.empty() ? std::nullopt : std::optional{children_.back()};
  use_child(now, {child.id, child.spi_inbound, child.spi_outbound}, install(child, std::move(keys), path_));
  child_key_exchange_ = suite->key_exchange;
  ++(work == Work::RekeyChild ? counts_.child_rekeys : counts_.recreated);
  if (work == Work::RekeyChild && old) delete_child(now, *old);
}

void Session::delete_child(Instant now, const Child& child) {
  channels_.back()->ask(now, ExchangeType::Informational,
                        {wire::payload(wire::DeletePayload{wire::ProtocolId::Esp, {child.spi_inbound}})},
                        [this, id = child.id](Instant, const wire::Payloads&) {
                          forget_child(id);
                          if (work_ == Work::DeleteChild) work_ = Work::Nothing;
                        });
}

void Session::rekey_ike(Instant now, KeyExchangeId group) {
  attempt_ = {.nonce = random_.public_bytes(nonce_size), .esp_spi = {}, .ike_spi = {random_.public_u64() | 1}};
  attempt_.key_exchange = crypto::KeyExchange::generate(group, random_);
  attempt_.offer = ike::offer(kind_.ike, Writer{}.u64(attempt_.ike_spi.value).take());
  channels_.back()->ask(now, ExchangeType::CreateChildSa,
                        {wire::payload(wire::SaPayload{attempt_.offer}),
                         wire::payload(wire::NoncePayload{attempt_.nonce}), ke_of(*attempt_.key_exchange)},
                        [this](Instant then, const wire::Payloads& response) { finish_ike(then, response); });
}

void Session::finish_ike(Instant now, const wire::Payloads& response) {
  if (is_refused(now, response)) return;
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* nonce = wire::find<wire::NoncePayload>(response);
  const auto suite = sa && nonce && ike::is_valid_answer(attempt_.offer, sa->proposals)
                         ? ike::ike_suite(sa->proposals.front())
                         : std::nullopt;
  const auto g_ir = suite ? shared_secret(response, suite->key_exchange) : std::nullopt;
  if (!g_ir) return end(peer() + "'s answer to the rekey of the IKE SA makes no sense");
  if (must_follow_up(now, suite->additional, response, &Session::finish_ike)) return;
  work_ = Work::Nothing;
  const auto old = channels_.back();
  use_channel(now, successor(*suite, attempt_.ike_spi, ike_spi(sa->proposals.front()), true,
                             {g_ir->view(), attempt_.nonce, nonce->nonce, attempt_.additional()}));
  ++counts_.ike_rekeys;
  old->ask(now, ExchangeType::Informational, {wire::payload(wire::DeletePayload{wire::ProtocolId::Ike, {}})},
           [this, spi = old->spi_i()](Instant, const wire::Payloads&) {
             std::erase_if(channels_, [&](const auto& channel) { return channel->spi_i() == spi; });
           });
}

bool Session::changes_group(Instant now, const wire::NotifyPayload& invalid) {
  const auto wanted = Reader{invalid.data}.u16("Accepted D-H Group");
  if (!wanted || kind_.habits.knows_one_group) return false;
  const KeyExchangeId group{*wanted};
  const auto own = ike::key_exchange_methods(kind_.ike);
  const bool is_new = attempt_.key_exchange && attempt_.key_exchange->method() != group;
  if (!is_new || std::ranges::find(own, group) == own.end()) return false;
  work_ == Work::RekeyIke ? rekey_ike(now, group) : make_child(now, group);
  return true;
}

bool Session::is_refused(Instant now, const wire::Payloads& response) {
  const auto* error = wire::find_error(response);
  if (!error) return false;
  if (error->type == NotifyType::InvalidKePayload && changes_group(now, *error)) return true;
  const Work work = std::exchange(work_, Work::Nothing);
  if (error->type == NotifyType::TemporaryFailure) {
    put_off(now, work);
    return true;
  }
  const bool is_gone =
      error->type == NotifyType::ChildSaNotFound && work == Work::RekeyChild && kind_.habits.recreates_child;
  if (is_gone) {
    forget_child(children_.back().id);
    return true;
  }
  end(peer() + " refuses " +
      std::string{work == Work::RekeyIke     ? "the rekey of the IKE SA"
                  : work == Work::RekeyChild ? "the rekey of the Child SA"
                                             : "a Child SA"} +
      ": " + wire::to_string(error->type));
  return true;
}

}  // namespace agilevpn::sim::stock
