// IKE_SA_INIT; IKE_AUTH is reception_auth.cpp.
#include "sim/stock/reception.h"

#include <algorithm>

#include "base/codec.h"
#include "base/pop.h"
#include "crypto/packet_cipher.h"
#include "ike/ke.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using wire::NotifyType;

namespace {

constexpr Duration half_open = 60s;  // A guess. People type in between.

}  // namespace

// That it asks for its group rather than say that nothing fits is a guess; the RFC would have it so (RFC 7296 §1.2).
std::optional<wire::Payload> Reception::refuse(const Kind& kind, const wire::Payloads& request) {
  const auto chosen = ike::choose(kind.ike, wire::find<wire::SaPayload>(request)->proposals);
  const auto suite = chosen ? ike::ike_suite(*chosen) : std::nullopt;
  if (!suite) return wire::notify(NotifyType::NoProposalChosen);
  if (wire::find<wire::KePayload>(request)->method == suite->key_exchange) return std::nullopt;
  return wire::notify(NotifyType::InvalidKePayload,
                      Writer{}.u16(static_cast<std::uint16_t>(suite->key_exchange)).take());
}

Reception::Reception(const GatewayKind& kind, const Site& site, Random& random, Instant now, const Path& from,
                     const wire::Message& request, ByteView datagram, ike::Lease lease)
    : kind_(kind),
      site_(site),
      random_(random),
      own_(Credentials::with_certificate(site.name, site.key)),
      id_r_{wire::IdType::DerAsn1Dn, own_.chain.front().subject_der()},
      lease_(std::move(lease)),
      path_(from),
      ends_at_(now + half_open),
      spi_i_(request.header.spi_i),
      spi_r_{random.public_u64() | 1},
      n_i_(wire::find<wire::NoncePayload>(request.payloads)->nonce),
      n_r_(random.public_bytes(kind.kind.nonce_size)),
      init_request_(to_bytes(datagram)) {
  auto chosen = *ike::choose(kind.kind.ike, wire::find<wire::SaPayload>(request.payloads)->proposals);
  const auto suite = *ike::ike_suite(chosen);
  const auto& ke = *wire::find<wire::KePayload>(request.payloads);
  const auto half = crypto::KeyExchange::respond(ke.method, ke.data, random);
  const auto shared = half ? half->shared_secret(ke.data) : std::nullopt;
  if (!shared) {
    outcome_ = NotOpened{"the client's key exchange makes no sense"};
    return;
  }
  nat_ = ike::find_nat(request.payloads, spi_i_, {}, from);
  Kind says = kind.kind;
  const bool cuts = wire::find_notify(request.payloads, NotifyType::Ikev2FragmentationSupported) != nullptr;
  if (!cuts) std::erase(says.init, InitPart::Fragmentation);
  const bool has_fragments = std::ranges::find(says.init, InitPart::Fragmentation) != says.init.end();
  fragment_size_ = has_fragments ? kind.kind.fragment_size : 0;
  init_response_ = wire::encode_message(init_response(
      says, {.spi_i = spi_i_, .spi_r = spi_r_, .path = from, .nonce = n_r_, .key_exchange = *half, .cookie = {}},
      std::move(chosen)));
  out_.push_back({from, init_response_});
  make_channel(suite, *shared);
}

void Reception::make_channel(const ike::IkeSuite& suite, const Secret& shared) {
  const auto prf = *crypto::Prf::find(suite.prf);
  Channel::Secrets secrets{spi_i_, spi_r_, false, suite, prf, {}};
  secrets.keys = ike::derive_ike_keys(suite, prf, ike::first_skeyseed(prf, n_i_, n_r_, shared.view()).view(), n_i_,
                                      n_r_, spi_i_, spi_r_);
  sk_pi_ = std::move(secrets.keys.sk_pi);
  sk_pr_ = std::move(secrets.keys.sk_pr);
  channel_ = std::make_shared<Channel>(secrets,
                                       Channel::Options{.pauses = kind_.kind.habits.pauses,
                                                        .fragment_above = kind_.kind.fragment_above,
                                                        .fragment_size = fragment_size_,
                                                        .expected_request_id = 1},
                                       random_);
}

std::optional<ike::Transmit> Reception::poll_transmit() { return pop(out_); }

void Reception::handle_datagram(Instant now, const Path& from, ByteView datagram) {
  if (std::ranges::equal(datagram, init_request_)) return out_.push_back({from, init_response_});
  if (!channel_) return;
  const auto received = channel_->handle_datagram(now, datagram);
  const auto* request = std::get_if<Channel::Request>(&received);
  if (request && request->header.exchange == wire::ExchangeType::IkeAuth) {
    path_ = from;
    ends_at_ = now + half_open;
    channel_->answer(*request, handle_auth(now, request->payloads));
  }
  while (auto out = channel_->poll_transmit()) out_.push_back({from, *std::move(out)});
}

}  // namespace agilevpn::sim::stock
