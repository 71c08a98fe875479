#include "ike/intermediate.h"

#include "base/check.h"
#include "base/codec.h"
#include "ike/auth.h"
#include "ike/handshake.h"
#include "ike/init.h"
#include "ike/ke.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

constexpr std::string_view unusable =
    "the peer's additional key exchange is not the one that was chosen, or its value must be refused";

crypto::KeyExchangeId next_method(const Handshake& handshake) {
  return method_of(handshake.suite.additional[handshake.additional_done]);
}

// SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr) (RFC 9370 §2.2.2)
void renew_keys(Session& session, IkeSa& ike_sa, const Secret& shared) {
  Handshake& handshake = *session.handshake;
  const Secret skeyseed = rekeyed_skeyseed(*ike_sa.prf, ike_sa.sk_d.view(),
                                           {.g_ir = shared.view(), .n_i = handshake.n_i, .n_r = handshake.n_r});
  // The request may come again, sealed with the keys of its time.
  if (ike_sa.last_response) ike_sa.last_response->former_cipher = std::move(ike_sa.cipher);
  take_keys(session, ike_sa, skeyseed);
  ++handshake.additional_done;
}

class IntermediateExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::Intermediate; }
  wire::ExchangeType type() const override { return wire::ExchangeType::IkeIntermediate; }
  std::optional<wire::Payloads> build(Session& session, IkeSa&, Instant) override {
    key_exchange_ = crypto::KeyExchange::generate(next_method(*session.handshake), session.context.random);
    CHECK(key_exchange_.has_value());  // We do not offer what we cannot do.
    return wire::Payloads{ke_payload(*key_exchange_)};
  }
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) override;

 private:
  std::optional<crypto::KeyExchange> key_exchange_;
};

void IntermediateExchange::process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) {
  if (const auto* error = wire::find_error(response)) {
    session.refuse(type(), error->type, true, "the peer refused an additional key exchange", error->data);
    return session.finish(IkeSaClosed::Reason::Refused, "the peer answered " + wire::to_string(error->type));
  }
  const auto shared = finish_ke(*key_exchange_, response);
  if (!shared) {
    session.refuse(type(), NotifyType::InvalidSyntax, false, std::string{unusable});
    return session.finish(IkeSaClosed::Reason::Refused, std::string{unusable});
  }
  renew_keys(session, ike_sa, *shared);
  start_intermediate(session, now);
}

// IntAuth_[i/r]n = prf(SK_p[i/r]n, IntAuth_[i/r](n-1) | A | P), both lengths in A as if P were not encrypted (RFC 9242
// §3.3.2).
void add_to_int_auth(Session& session, const wire::Header& header, Bytes prefix, ByteView inner) {
  constexpr std::size_t next_payload_at = 16;
  constexpr std::size_t length_at = 24;
  const std::size_t size = prefix.size() + inner.size();
  const std::size_t payload_size = wire::generic_payload_header_size + inner.size();
  CHECK(prefix.size() >= wire::header_size + wire::generic_payload_header_size);
  const auto patch = [&](std::size_t at, const Bytes& octets) {
    std::ranges::copy(octets, prefix.begin() + static_cast<std::ptrdiff_t>(at));
  };
  // A message that came in fragments counts as if it had come whole.
  if (prefix[next_payload_at] == static_cast<std::byte>(wire::PayloadType::EncryptedFragment))
    prefix[next_payload_at] = static_cast<std::byte>(wire::PayloadType::Encrypted);
  patch(length_at, Writer{}.u32(static_cast<std::uint32_t>(size)).take());
  // More fragments than one payload can say wrap here, and at the peer, which could not have sent them whole, as it
  // likes.
  patch(prefix.size() - 2, Writer{}.u16(static_cast<std::uint16_t>(payload_size)).take());

  Handshake& handshake = *session.handshake;
  const bool is_initiators = header.is_from_original_initiator;
  Secret& int_auth = is_initiators ? handshake.int_auth_i : handshake.int_auth_r;
  const Secret& key = is_initiators ? handshake.sk_pi : handshake.sk_pr;
  int_auth = (*session.current().prf)(key.view(), {int_auth.view(), prefix, inner});
}

bool is_noted(const Session& session, const wire::Header& header) {
  return session.handshake && header.exchange == wire::ExchangeType::IkeIntermediate;
}

}  // namespace

void start_intermediate(Session& session, Instant now) {
  if (are_key_exchanges_over(*session.handshake)) return start_auth(session, now);
  session.send_request(now, session.current(), std::make_unique<IntermediateExchange>());
}

void handle_intermediate_request(Session& session, IkeSa& ike_sa, const Path& from, const wire::Payloads& request) {
  constexpr auto type = wire::ExchangeType::IkeIntermediate;
  const bool is_due =
      session.phase == Session::Phase::Auth && !session.is_initiator && !are_key_exchanges_over(*session.handshake);
  if (!is_due) return session.send_response(ike_sa, type, {wire::notify(NotifyType::InvalidSyntax)}, from);
  session.path = from;  // On port 4500 after IKE_SA_INIT on 500 (RFC 9242 §3.2).
  auto answer = answer_ke(request, next_method(*session.handshake), session.context.random);
  if (!answer) {
    session.send_response(ike_sa, type, {wire::notify(NotifyType::InvalidSyntax)}, from);
    session.refuse(type, NotifyType::InvalidSyntax, false, std::string{unusable});
    return session.finish(IkeSaClosed::Reason::Refused, std::string{unusable});
  }
  session.send_response(ike_sa, type, {std::move(answer->payload)}, from);
  renew_keys(session, ike_sa, answer->shared);
}

bool are_key_exchanges_over(const Handshake& handshake) {
  if (handshake.resumption) return true;  // Its keys come from SK_d.
  return handshake.additional_done == handshake.suite.additional.size();
}

void note_sent(Session& session, const wire::Header& header, const wire::Payloads& payloads) {
  if (!is_noted(session, header)) return;
  const auto first = payloads.empty() ? wire::PayloadType::None : payloads.front().type;
  const Bytes inner = wire::encode_payloads(payloads);
  add_to_int_auth(session, header, wire::encode_encrypted_prefix(header, first, inner.size()), inner);
}

void note_received(Session& session, const wire::Header& header, const Opened& opened) {
  if (is_noted(session, header)) add_to_int_auth(session, header, opened.prefix, opened.octets);
}

Bytes int_auth(const Handshake& handshake) {
  if (handshake.additional_done == 0) return {};
  const Bytes auth_message_id = Writer{}.u32(static_cast<std::uint32_t>(handshake.additional_done + 1)).take();
  return concat({handshake.int_auth_i.view(), handshake.int_auth_r.view(), auth_message_id});
}

}  // namespace agilevpn::ike
