// IKE_SA_INIT as its initiator.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "ike/handshake.h"
#include "ike/init.h"
#include "ike/init_roles.h"
#include "ike/intermediate.h"
#include "ike/ke.h"
#include "ike/resume.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

class InitExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::Init; }
  wire::ExchangeType type() const override { return wire::ExchangeType::IkeSaInit; }

  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant) override {
    Handshake& handshake = *session.handshake;
    wire::Payloads payloads;
    if (!handshake.cookie.empty()) payloads.push_back(wire::notify(NotifyType::Cookie, handshake.cookie));
    payloads.push_back(wire::payload(wire::SaPayload{offer(handshake.request->policy.ike, {})}));
    payloads.push_back(ke_payload(*handshake.key_exchange));
    payloads.push_back(wire::payload(wire::NoncePayload{handshake.n_i}));
    add_nat_detection(payloads, ike_sa.spi_i, ike_sa.spi_r, session.path);
    add_capabilities(session, payloads);
    if (has_additional_key_exchange(handshake.request->policy.ike))
      payloads.push_back(wire::notify(NotifyType::IntermediateExchangeSupported));
    return payloads;
  }
  void process(Session&, IkeSa&, Instant, const wire::Payloads&) override {}  // handle_init_response() does.
};

bool generate_key(Session& session, crypto::KeyExchangeId method) {
  session.handshake->key_exchange = crypto::KeyExchange::generate(method, session.context.random);
  return session.handshake->key_exchange.has_value();
}

void repeat_init(Session& session, IkeSa& ike_sa, Instant now) {
  ike_sa.next_request_id = 0;
  session.send_request(now, ike_sa, std::make_unique<InitExchange>());
}

void retry_with_cookie(Session& session, IkeSa& ike_sa, Instant now, Bytes cookie) {
  ike_sa.outstanding.reset();
  if (!may_retry(session)) return;
  session.handshake->cookie = std::move(cookie);
  repeat_init(session, ike_sa, now);
}

void retry_with_method(Session& session, IkeSa& ike_sa, Instant now, const wire::NotifyPayload& notify) {
  const auto methods = key_exchange_methods(session.handshake->request->policy.ike);
  Reader in{notify.data};
  const auto wanted = in.u16("Accepted D-H Group");
  const bool is_ours = wanted && std::ranges::find(methods, crypto::KeyExchangeId{*wanted}) != methods.end();
  if (!is_ours || crypto::KeyExchangeId{*wanted} == session.handshake->key_exchange->method()) {
    return session.finish(IkeSaClosed::Reason::Refused,
                          fmt::format("the peer wants key exchange {}, which our policy does not have",
                                      wanted ? crypto::to_string(crypto::KeyExchangeId{*wanted}) : "of no name"));
  }
  if (!may_retry(session)) return;
  CHECK(generate_key(session, crypto::KeyExchangeId{*wanted}));
  repeat_init(session, ike_sa, now);
}

// Whether the response is none: it asks for a cookie or for another key exchange, or refuses.
bool is_refused(Session& session, IkeSa& ike_sa, Instant now, const Path& from, const wire::Payloads& response) {
  const bool has_answer = wire::find<wire::SaPayload>(response) != nullptr;
  if (const auto* cookie = wire::find_notify(response, NotifyType::Cookie); cookie && !has_answer) {
    auto data = cookie_of(session, from, *cookie);
    if (data) retry_with_cookie(session, ike_sa, now, *std::move(data));
    return true;
  }
  if (const auto* invalid_ke = wire::find_notify(response, NotifyType::InvalidKePayload); invalid_ke && !has_answer) {
    ike_sa.outstanding.reset();
    retry_with_method(session, ike_sa, now, *invalid_ke);
    return true;
  }
  const auto* error = wire::find_error(response);
  if (error && !session.handshake->refusal) {
    session.refuse(wire::ExchangeType::IkeSaInit, error->type, true, "the peer refused our IKE proposals", error->data);
    session.handshake->refusal = {now + limits::refusal_doubt, "the peer answered " + wire::to_string(error->type)};
  }
  return error != nullptr;
}

bool answers_request(const Handshake& handshake, const wire::Payloads& response) {
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* ke = wire::find<wire::KePayload>(response);
  if (!sa || !ke || !wire::find<wire::NoncePayload>(response)) return false;
  if (!is_valid_answer(offer(handshake.request->policy.ike, {}), sa->proposals) || !can_compute(sa->proposals.front()))
    return false;
  if (has_additional_key_exchange(sa->proposals) && !knows_intermediate(response)) return false;  // RFC 9370 §2.2.1
  const auto method = handshake.key_exchange->method();
  return ike_suite(sa->proposals.front())->key_exchange == method && ke->method == method;
}

void accept_init_response(Session& session, IkeSa& ike_sa, Instant now, const Path& from, const wire::Message& message,
                          ByteView datagram) {
  Handshake& handshake = *session.handshake;
  const auto round_trip = std::exchange(ike_sa.outstanding, std::nullopt)->round_trip(now);
  handshake.refusal.reset();
  ike_sa.spi_r = message.header.spi_r;
  handshake.suite = *ike_suite(wire::find<wire::SaPayload>(message.payloads)->proposals.front());
  handshake.n_r = wire::find<wire::NoncePayload>(message.payloads)->nonce;
  handshake.peer_public_value = wire::find<wire::KePayload>(message.payloads)->data;
  handshake.init_response = to_bytes(datagram);
  read_capabilities(session, message.payloads);
  session.recognize_peer(recognize_responder(read_offer(message.payloads).vendor_ids));
  session.last_heard = now;
  session.emit(
      IkeProposalChosen{session.id, handshake.suite.to_string(), describe(handshake.request->policy.ike), round_trip});
  session.note_nat(find_nat(message.payloads, ike_sa.spi_i, ike_sa.spi_r, from));
  if (!derive_keys(session, ike_sa))
    return session.finish(IkeSaClosed::Reason::Refused, std::string{refused_key_exchange_value});
  move_to_nat_traversal_port(session);
  session.phase = Session::Phase::Auth;
  start_intermediate(session, now);
}

}  // namespace

void start_init(Session& session, Instant now, ConnectRequest request) {
  Handshake& handshake = *session.handshake;
  session.local = request.local;
  session.allowed_local = request.ts_local;
  session.allowed_remote = request.ts_remote;
  session.esp = request.policy.esp;
  session.wants_tickets = request.wants_ticket;
  handshake.request = std::move(request);
  handshake.n_i = session.context.random.public_bytes(limits::nonce_size);
  IkeSa& ike_sa = session.ike_sas.add(session.context.new_ike_spi(), IkeSpi{}, true);
  if (handshake.request->ticket) return send_resume(session, ike_sa, now);
  send_init(session, ike_sa, now);
}

void send_init(Session& session, IkeSa& ike_sa, Instant now) {
  session.emit(IkeSaInitiated{session.id, true, session.path});
  const auto methods = key_exchange_methods(session.handshake->request->policy.ike);
  if (methods.empty() || !generate_key(session, methods.front()))
    return session.finish(IkeSaClosed::Reason::InternalError, "the policy has no key exchange that we can compute");
  session.send_request(now, ike_sa, std::make_unique<InitExchange>());
}

void move_to_nat_traversal_port(Session& session) {
  if (session.path.peer.port != ike_port) return;
  session.path.peer.port = nat_traversal_port;
  if (session.path.local.port == ike_port) session.path.local.port = nat_traversal_port;
}

bool may_retry(Session& session) {
  if (++session.handshake->retries <= limits::init_retries_max) return true;
  session.finish(IkeSaClosed::Reason::Refused, "the peer asks for one IKE_SA_INIT after the other");
  return false;
}

std::optional<Bytes> cookie_of(Session& session, const Path& from, const wire::NotifyPayload& notify) {
  if (!notify.data.empty() && notify.data.size() <= limits::cookie_size_max) return notify.data;
  session.emit(DatagramDropped{from, "a cookie of an impossible size"});
  return std::nullopt;
}

void remember_init_request(Session& session, ByteView datagram) {
  session.handshake->init_request = to_bytes(datagram);
}

void handle_init_response(Session& session, IkeSa& ike_sa, Instant now, const Path& from, const wire::Message& message,
                          ByteView datagram) {
  if (!message.header.is_response || session.phase != Session::Phase::Init || !ike_sa.outstanding)
    return session.emit(DatagramDropped{from, "an IKE_SA_INIT that we do not wait for"});
  if (const auto unknown = wire::unsupported_critical(message.payloads))
    return session.emit(DatagramDropped{from, "an unknown critical payload " + wire::to_string(*unknown)});
  if (is_refused(session, ike_sa, now, from, message.payloads)) return;
  if (message.header.spi_r.is_zero() || !answers_request(*session.handshake, message.payloads))
    return session.emit(DatagramDropped{from, "its IKE_SA_INIT response does not answer our request"});
  accept_init_response(session, ike_sa, now, from, message, datagram);
}

}  // namespace agilevpn::ike
