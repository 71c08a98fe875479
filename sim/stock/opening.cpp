// IKE_SA_INIT; IKE_INTERMEDIATE is opening_intermediate.cpp, IKE_AUTH opening_auth.cpp.
#include "sim/stock/opening.h"

#include <algorithm>

#include "base/codec.h"
#include "base/pop.h"
#include "crypto/packet_cipher.h"
#include "sim/stock/message.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using wire::NotifyType;

namespace {

// In the clear: with a header whose length and first payload are those of what became of it.
Bytes tampered(const Tamper& tamper, const wire::Message& message) {
  constexpr std::size_t first_at = 16, length_at = 24;
  Plaintext text{message.header, message.payloads.front().type, wire::encode_payloads(message.payloads)};
  tamper(text);
  const Bytes header = wire::encode_message({text.header, {}});
  const ByteView view{header};
  return Writer{}
      .bytes(view.first(first_at))
      .u8(static_cast<std::uint8_t>(text.first))
      .bytes(view.subspan(first_at + 1, length_at - first_at - 1))
      .u32(static_cast<std::uint32_t>(header.size() + text.chain.size()))
      .bytes(text.chain)
      .take();
}

}  // namespace

Opening::Opening(const Kind& kind, const Owner& owner, Random& random, Instant now, const Path& path,
                 std::optional<ike::Lease> former)
    : kind_(kind), owner_(owner), random_(random), path_(path), former_(std::move(former)) {
  spi_i_ = {random.public_u64() | 1};
  nonce_ = random.public_bytes(kind.nonce_size);
  key_exchange_ = crypto::KeyExchange::generate(ike::key_exchange_methods(kind.ike).front(), random);
  send_init(now);
}

std::optional<ike::Transmit> Opening::poll_transmit() { return pop(out_); }

void Opening::give_up(std::string reason) {
  if (!outcome_) outcome_ = NotOpened{std::move(reason)};
}

void Opening::send_init(Instant now) {
  const wire::Message request = init_request(
      kind_, {.spi_i = spi_i_, .path = path_, .nonce = nonce_, .key_exchange = *key_exchange_, .cookie = cookie_});
  init_request_ = owner_.tamper ? tampered(owner_.tamper, request) : wire::encode_message(request);
  tries_ = 1;
  due_ = now + kind_.habits.pauses.front();
  out_.push_back({path_, init_request_});
}

void Opening::handle_timeout(Instant now) {
  if (outcome_) return;
  if (channel_) {
    channel_->handle_timeout(now);
    while (auto datagram = channel_->poll_transmit()) out_.push_back({path_, *std::move(datagram)});
    if (channel_->has_given_up()) give_up("the gateway does not answer IKE_AUTH");
    return;
  }
  if (now < due_) return;
  if (tries_ > kind_.habits.pauses.size() - 1) return give_up("the gateway does not answer IKE_SA_INIT (809)");
  due_ = now + kind_.habits.pauses[tries_++];
  out_.push_back({path_, init_request_});
}

std::optional<Instant> Opening::poll_timeout() const {
  if (outcome_) return std::nullopt;
  return channel_ ? channel_->poll_timeout() : due_;
}

void Opening::handle_datagram(Instant now, const Path& from, ByteView datagram) {
  if (outcome_) return;
  if (channel_) {
    auto received = channel_->handle_datagram(now, datagram);
    if (auto* response = std::get_if<Channel::Response>(&received)) response->then(now, response->payloads);
    while (auto out = channel_->poll_transmit()) out_.push_back({path_, *std::move(out)});
    return;
  }
  const auto message = wire::decode_message(datagram);
  if (message && message->header.is_response && message->header.exchange == wire::ExchangeType::IkeSaInit &&
      message->header.spi_i == spi_i_)
    handle_init(now, from, *message, datagram);
}

void Opening::handle_init(Instant now, const Path& from, const wire::Message& message, ByteView datagram) {
  const wire::Payloads& response = message.payloads;
  if (const auto* cookie = wire::find_notify(response, NotifyType::Cookie)) {
    cookie_ = cookie->data;
    return send_init(now);
  }
  if (const auto* invalid = wire::find_notify(response, NotifyType::InvalidKePayload))
    return change_group(now, *invalid);
  if (const auto* error = wire::find_error(response))
    return give_up("the gateway answers " + wire::to_string(error->type) + " to IKE_SA_INIT (13868)");
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* ke = wire::find<wire::KePayload>(response);
  const auto* nonce = wire::find<wire::NoncePayload>(response);
  if (!sa || !ke || !nonce || ke->method != key_exchange_->method() || !ike::is_valid_answer(kind_.ike, sa->proposals))
    return give_up("the gateway's IKE_SA_INIT response does not answer the request");
  peer_nonce_ = nonce->nonce;
  init_response_ = to_bytes(datagram);
  spi_ = {static_cast<std::uint32_t>(random_.public_u64()) | 0x100};
  if (!take_suite(message)) return give_up("the gateway's key exchange makes no sense");
  const auto nat = ike::find_nat(response, spi_i_, message.header.spi_r, from);
  is_behind_nat_ = nat.is_local_behind_nat;
  is_encapsulated_ = nat.is_local_behind_nat || nat.is_peer_behind_nat || kind_.fakes_nat;
  // RFC 4555 §3.3: with MOBIKE to the other port even where no NAT is.
  if (is_encapsulated_ || kind_.habits.has_mobike) path_.local.port = path_.peer.port = nat_traversal_port;
  start_intermediate(now);
}

bool Opening::take_suite(const wire::Message& response) {
  const auto& ke = *wire::find<wire::KePayload>(response.payloads);
  const auto suite = ike::ike_suite(wire::find<wire::SaPayload>(response.payloads)->proposals.front());
  const auto shared = key_exchange_->shared_secret(ke.data);
  spi_r_ = response.header.spi_r;
  const auto prf = suite ? crypto::Prf::find(suite->prf) : std::nullopt;
  if (!prf || !shared || suite->key_exchange != ke.method) return false;
  const bool cuts = wire::find_notify(response.payloads, NotifyType::Ikev2FragmentationSupported) != nullptr;
  fragment_size_ = cuts ? kind_.fragment_size : 0;
  use_keys(*suite, *prf, ike::first_skeyseed(*prf, nonce_, peer_nonce_, shared->view()), 1);
  return true;
}

void Opening::use_keys(const ike::IkeSuite& suite, const crypto::Prf& prf, const Secret& skeyseed,
                       std::uint32_t next_request) {
  Channel::Secrets secrets{spi_i_, spi_r_, true, suite, prf, {}};
  secrets.keys = ike::derive_ike_keys(suite, prf, skeyseed.view(), nonce_, peer_nonce_, spi_i_, spi_r_);
  sk_pi_ = std::move(secrets.keys.sk_pi);
  sk_pr_ = std::move(secrets.keys.sk_pr);
  channel_ = std::make_shared<Channel>(secrets,
                                       Channel::Options{.pauses = kind_.habits.pauses,
                                                        .fragment_above = kind_.fragment_above,
                                                        .fragment_size = fragment_size_,
                                                        .sends_fragments_reversed = owner_.sends_fragments_reversed,
                                                        .next_request_id = next_request,
                                                        .tamper = owner_.tamper},
                                       random_);
}

void Opening::change_group(Instant now, const wire::NotifyPayload& notify) {
  const auto wanted = Reader{notify.data}.u16("Accepted D-H Group");
  const auto methods = ike::key_exchange_methods(kind_.ike);
  const bool is_offered = wanted && std::ranges::find(methods, crypto::KeyExchangeId{*wanted}) != methods.end();
  if (!is_offered || crypto::KeyExchangeId{*wanted} == key_exchange_->method())
    return give_up("the gateway wants a group that was not offered");
  key_exchange_ = crypto::KeyExchange::generate(crypto::KeyExchangeId{*wanted}, random_);
  send_init(now);
}

}  // namespace agilevpn::sim::stock
