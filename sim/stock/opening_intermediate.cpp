// Additional key exchanges of a stock client before IKE_AUTH (RFC 9242, RFC 9370 §2.2.2).
#include "base/codec.h"
#include "ike/ke.h"
#include "sim/stock/opening.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;

void Opening::start_intermediate(Instant now) {
  const auto& additional = channel_->suite().additional;
  if (additional_done_ == additional.size()) return start_auth(now);
  const auto method = ike::method_of(additional[additional_done_]);
  key_exchange_ = crypto::KeyExchange::generate(method, random_);
  if (!key_exchange_) return give_up("this machine's OpenSSL has no " + crypto::to_string(method));
  const wire::Payloads request{ike::ke_payload(*key_exchange_)};
  add_to_int_auth(request, true);
  ask(now, wire::ExchangeType::IkeIntermediate, request, &Opening::handle_intermediate);
}

// SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr) (RFC 9370 §2.2.2)
void Opening::handle_intermediate(Instant now, const wire::Payloads& response) {
  const auto shared = ike::finish_ke(*key_exchange_, response);
  if (!shared) return give_up("the gateway's additional key exchange makes no sense");
  add_to_int_auth(response, false);
  ++additional_done_;
  const auto former = channel_;
  use_keys(former->suite(), former->prf(),
           ike::rekeyed_skeyseed(former->prf(), former->sk_d(), {shared->view(), nonce_, peer_nonce_}),
           static_cast<std::uint32_t>(1 + additional_done_));
  start_intermediate(now);
}

// IntAuth_[i/r]n = prf(SK_p[i/r]n, IntAuth_[i/r](n-1) | A | P) (RFC 9242 §3.3.2). Of a response, as it would be without
// fragments.
void Opening::add_to_int_auth(const wire::Payloads& payloads, bool is_own) {
  const wire::Header header{.spi_i = spi_i_,
                            .spi_r = spi_r_,
                            .exchange = wire::ExchangeType::IkeIntermediate,
                            .is_from_original_initiator = is_own,
                            .is_response = !is_own,
                            .message_id = static_cast<std::uint32_t>(1 + additional_done_)};
  const Bytes inner = wire::encode_payloads(payloads);
  const Bytes prefix = wire::encode_encrypted_prefix(header, payloads.front().type, inner.size());
  Secret& sum = is_own ? int_auth_i_ : int_auth_r_;
  sum = channel_->prf()((is_own ? sk_pi_ : sk_pr_).view(), {sum.view(), prefix, inner});
}

Bytes Opening::int_auth() const {
  if (additional_done_ == 0) return {};
  const Bytes auth_message_id = Writer{}.u32(static_cast<std::uint32_t>(1 + additional_done_)).take();
  return concat({int_auth_i_.view(), int_auth_r_.view(), auth_message_id});
}

}  // namespace agilevpn::sim::stock
