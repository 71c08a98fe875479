#include "ike/init.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "crypto/packet_cipher.h"
#include "ike/auth.h"
#include "ike/handshake.h"
#include "ike/intermediate.h"
#include "ike/ke.h"
#include "ike/key_log.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

constexpr std::string_view refused_value = "the peer's key exchange value must be refused (RFC 6989)";

// The hash functions that we verify signatures with (RFC 7427 §4, RFC 8420 §2).
Bytes signature_hashes() {
  Writer out;
  for (const auto id : {crypto::HashId::Sha2_256, crypto::HashId::Sha2_384, crypto::HashId::Sha2_512, crypto::HashId::Identity})
    out.u16(static_cast<std::uint16_t>(id));
  return out.take();
}

std::vector<crypto::HashId> read_signature_hashes(const wire::Payloads& payloads) {
  std::vector<crypto::HashId> hashes;
  const auto* notify = wire::find_notify(payloads, NotifyType::SignatureHashAlgorithms);
  if (!notify) return hashes;
  Reader in{notify->data};
  while (in.remaining() >= 2) hashes.push_back(crypto::HashId{*in.u16("Hash Algorithm")});
  return hashes;
}

void add_capabilities(const Session& session, wire::Payloads& payloads) {
  if (session.settings().fragmentation) payloads.push_back(wire::notify(NotifyType::Ikev2FragmentationSupported));
  payloads.push_back(wire::notify(NotifyType::SignatureHashAlgorithms, signature_hashes()));
}

void read_capabilities(Session& session, const wire::Payloads& payloads) {
  session.peer_fragments = wire::find_notify(payloads, NotifyType::Ikev2FragmentationSupported) != nullptr;
  session.handshake->peer_hashes = read_signature_hashes(payloads);
}

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

bool may_retry(Session& session) {
  if (++session.handshake->retries <= limits::init_retries_max) return true;
  session.finish(IkeSaClosed::Reason::Refused, "the peer asks for one IKE_SA_INIT after the other");
  return false;
}

void retry_with_cookie(Session& session, IkeSa& ike_sa, Instant now, const wire::NotifyPayload& cookie) {
  if (!may_retry(session)) return;
  session.handshake->cookie = cookie.data;
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

// Derives and takes SKEYSEED's keys. False if the peer's public value must be refused.
bool derive_keys(Session& session, IkeSa& ike_sa) {
  Handshake& handshake = *session.handshake;
  const auto prf = crypto::Prf::find(handshake.suite.prf);
  CHECK(prf.has_value());
  const auto shared = handshake.key_exchange->shared_secret(handshake.peer_public_value);
  if (!shared) return false;
  take_keys(session, ike_sa, first_skeyseed(*prf, handshake.n_i, handshake.n_r, shared->view()));
  handshake.key_exchange.reset();
  return true;
}

// The responder may have answered on port 500; ESP in UDP and a NAT's mapping are on 4500 (§2.23).
void move_to_nat_traversal_port(Session& session) {
  if (session.path.peer.port != ike_port) return;
  session.path.peer.port = nat_traversal_port;
  if (session.path.local.port == ike_port) session.path.local.port = nat_traversal_port;
}

bool can_compute(const wire::Proposal& chosen) {
  const auto suite = ike_suite(chosen);
  return suite && crypto::Prf::find(suite->prf) && crypto::PacketCipher::sizes(suite->cipher) &&
         crypto::KeyExchange::is_supported(suite->key_exchange) &&
         can_exchange(suite->additional);
}

// Whether the response is none: it asks for a cookie or for another key exchange, or refuses.
bool is_refused(Session& session, IkeSa& ike_sa, Instant now, const Path& from, const wire::Payloads& response) {
  const bool has_answer = wire::find<wire::SaPayload>(response) != nullptr;
  if (const auto* cookie = wire::find_notify(response, NotifyType::Cookie); cookie && !has_answer) {
    if (cookie->data.empty() || cookie->data.size() > limits::cookie_size_max) {
      session.emit(DatagramDropped{from, "a cookie of an impossible size"});
      return true;
    }
    ike_sa.outstanding.reset();
    retry_with_cookie(session, ike_sa, now, *cookie);
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

bool knows_intermediate(const wire::Payloads& payloads) {
  return wire::find_notify(payloads, NotifyType::IntermediateExchangeSupported) != nullptr;
}

bool answers_request(const Handshake& handshake, const wire::Payloads& response) {
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* ke = wire::find<wire::KePayload>(response);
  if (!sa || !ke || !wire::find<wire::NoncePayload>(response)) return false;
  if (!is_valid_answer(offer(handshake.request->policy.ike, {}), sa->proposals) || !can_compute(sa->proposals.front())) return false;
  if (has_additional_key_exchange(sa->proposals) && !knows_intermediate(response)) return false;  // RFC 9370 §2.2.1
  const auto method = handshake.key_exchange->method();
  return ike_suite(sa->proposals.front())->key_exchange == method && ke->method == method;
}

InitOffer read_offer(const wire::Payloads& request) {
  InitOffer offer;
  if (const auto* sa = wire::find<wire::SaPayload>(request)) offer.proposals = sa->proposals;
  if (const auto* ke = wire::find<wire::KePayload>(request)) offer.key_exchange = ke->method;
  for (const wire::Payload& payload : request) {
    if (const auto* notify = std::get_if<wire::NotifyPayload>(&payload.body)) offer.notifies.push_back(notify->type);
    if (const auto* vendor = std::get_if<wire::VendorIdPayload>(&payload.body)) offer.vendor_ids.push_back(vendor->id);
  }
  return offer;
}

void accept_init_response(Session& session, IkeSa& ike_sa, Instant now, const Path& from, const wire::Message& message,
                          ByteView datagram) {
  Handshake& handshake = *session.handshake;
  ike_sa.outstanding.reset();
  handshake.refusal.reset();
  ike_sa.spi_r = message.header.spi_r;
  handshake.suite = *ike_suite(wire::find<wire::SaPayload>(message.payloads)->proposals.front());
  handshake.n_r = wire::find<wire::NoncePayload>(message.payloads)->nonce;
  handshake.peer_public_value = wire::find<wire::KePayload>(message.payloads)->data;
  handshake.init_response = to_bytes(datagram);
  read_capabilities(session, message.payloads);
  session.recognize_peer(recognize_responder(read_offer(message.payloads).vendor_ids));
  session.last_heard = now;
  session.emit(IkeProposalChosen{session.id, handshake.suite.to_string(), describe(handshake.request->policy.ike)});
  session.note_nat(find_nat(message.payloads, ike_sa.spi_i, ike_sa.spi_r, from));
  if (!derive_keys(session, ike_sa))
    return session.finish(IkeSaClosed::Reason::Refused, std::string{refused_value});
  move_to_nat_traversal_port(session);
  session.phase = Session::Phase::Auth;
  start_intermediate(session, now);
}

wire::Message stateless_answer(const wire::Message& request, wire::Payload notify) {
  wire::Message answer{.header = request.header, .payloads = {std::move(notify)}};
  answer.header.is_response = true;
  answer.header.is_from_original_initiator = false;
  return answer;
}

std::optional<wire::Proposal> choose_ike(const Context& context, const wire::Payloads& request) {
  const Proposals& offered = wire::find<wire::SaPayload>(request)->proposals;
  return choose(context.config.policy.ike, knows_intermediate(request) ? offered : without_additional_key_exchanges(offered));
}

// A refusal that leaves no state here: the answer, and the fact for people.
struct InitRefusal {
  Context& context;
  const Path& from;
  const wire::Message& request;

  wire::Message operator()(NotifyType notify, std::string reason, Bytes data = {}) const {
    IkeSaInitRefused fact{.path = from, .spi_i = request.header.spi_i, .notify = notify, .reason = std::move(reason)};
    if (notify != NotifyType::Cookie) fact.offer = read_offer(request.payloads);
    context.events.push_back(std::move(fact));
    return stateless_answer(request, wire::notify(notify, std::move(data)));
  }
};

}  // namespace

void start_init(Session& session, Instant now, ConnectRequest request) {
  Handshake& handshake = *session.handshake;
  session.local = request.local;
  session.allowed_local = request.ts_local;
  session.allowed_remote = request.ts_remote;
  session.esp = request.policy.esp;
  handshake.request = std::move(request);
  handshake.n_i = session.context.random.public_bytes(limits::nonce_size);
  IkeSa& ike_sa = session.add_ike_sa(session.context.new_ike_spi(), IkeSpi{}, true);
  session.emit(IkeSaInitiated{session.id, true, session.path});
  const auto methods = key_exchange_methods(handshake.request->policy.ike);
  if (methods.empty() || !generate_key(session, methods.front()))
    return session.finish(IkeSaClosed::Reason::InternalError, "the policy has no key exchange that we can compute");
  session.send_request(now, ike_sa, std::make_unique<InitExchange>());
}

void remember_init_request(Session& session, ByteView datagram) { session.handshake->init_request = to_bytes(datagram); }

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

std::optional<wire::Message> refuse_init(Context& context, Instant now, CookieJar& cookies, bool asks_for_cookie,
                                         const Path& from, const wire::Message& request) {
  const auto* sa = wire::find<wire::SaPayload>(request.payloads);
  const auto* ke = wire::find<wire::KePayload>(request.payloads);
  const auto* nonce = wire::find<wire::NoncePayload>(request.payloads);
  const InitRefusal refuse{context, from, request};
  if (!sa || !ke || !nonce) return refuse(NotifyType::InvalidSyntax, "it lacks SA, KE or Nonce");
  if (const auto unknown = wire::unsupported_critical(request.payloads))
    return refuse(NotifyType::UnsupportedCriticalPayload, "an unknown critical payload " + wire::to_string(*unknown),
                  {static_cast<std::byte>(*unknown)});
  if (asks_for_cookie) {
    const auto* cookie = wire::find_notify(request.payloads, NotifyType::Cookie);
    if (!cookie || !cookies.is_valid(now, cookie->data, nonce->nonce, from.peer.address, request.header.spi_i))
      return refuse(NotifyType::Cookie, "many IKE SAs are half open, so it must show that it is where it says",
                    cookies.make(now, context.random, nonce->nonce, from.peer.address, request.header.spi_i));
  }
  const auto chosen = choose_ike(context, request.payloads);
  if (!chosen || !can_compute(*chosen))
    return refuse(NotifyType::NoProposalChosen, fmt::format("no IKE proposal fits policy {}; offered: {}", context.config.policy.name,
                                                            fmt::join(describe(sa->proposals), "; ")));
  const auto method = ike_suite(*chosen)->key_exchange;
  if (ke->method != method)
    return refuse(NotifyType::InvalidKePayload,
                  fmt::format("its key exchange is {}, and {} is to be used", crypto::to_string(ke->method), crypto::to_string(method)),
                  Writer{}.u16(static_cast<std::uint16_t>(method)).take());
  if (ke->data.size() != crypto::KeyExchange::public_size(method))
    return refuse(NotifyType::InvalidSyntax, "its key exchange value has an impossible size");
  return std::nullopt;
}

void answer_init(Session& session, Instant now, const wire::Message& request, ByteView datagram) {
  Handshake& handshake = *session.handshake;
  const auto& sa = *wire::find<wire::SaPayload>(request.payloads);
  auto chosen = *choose_ike(session.context, request.payloads);
  chosen.spi.clear();
  handshake.suite = *ike_suite(chosen);
  handshake.n_i = wire::find<wire::NoncePayload>(request.payloads)->nonce;
  handshake.n_r = session.context.random.public_bytes(limits::nonce_size);
  handshake.peer_public_value = wire::find<wire::KePayload>(request.payloads)->data;
  handshake.init_request = to_bytes(datagram);
  handshake.offer = read_offer(request.payloads);
  handshake.init_port = session.path.local.port;
  session.recognize_peer(recognize(handshake.offer, handshake.init_port, nullptr));
  session.emit(IkeSaInitiated{session.id, false, session.path, request.header.spi_i, handshake.offer});
  session.trace(MessageSeen::Direction::Received, request.header, request.payloads, session.path, datagram.size());
  handshake.key_exchange = crypto::KeyExchange::respond(handshake.suite.key_exchange, handshake.peer_public_value, session.context.random);
  if (!handshake.key_exchange)
    return session.finish(IkeSaClosed::Reason::Refused, std::string{refused_value});
  read_capabilities(session, request.payloads);

  IkeSa& ike_sa = session.add_ike_sa(request.header.spi_i, session.context.new_ike_spi(), false);
  session.emit(IkeProposalChosen{session.id, handshake.suite.to_string(), describe(sa.proposals)});
  session.note_nat(find_nat(request.payloads, request.header.spi_i, request.header.spi_r, session.path));
  wire::Payloads payloads{
      wire::payload(wire::SaPayload{{chosen}}),
      ke_payload(*handshake.key_exchange),
      wire::payload(wire::NoncePayload{handshake.n_r})};
  add_nat_detection(payloads, ike_sa.spi_i, ike_sa.spi_r, session.path);
  if (const auto& authorities = session.context.config.authorities; !authorities.empty())
    payloads.push_back(certificate_request(authorities));
  add_capabilities(session, payloads);
  // Also for NONE, which is of a type that means nothing without it (RFC 9370 §2.2.1).
  if (has_additional_key_exchange({chosen})) payloads.push_back(wire::notify(NotifyType::IntermediateExchangeSupported));
  session.phase = Session::Phase::Auth;
  session.expires_at = now + limits::half_open_lifetime;
  session.send_response(ike_sa, wire::ExchangeType::IkeSaInit, payloads, session.path);
  handshake.init_response = ike_sa.last_response->datagrams.front();
  ike_sa.last_response.reset();
}

void repeat_init_response(Session& session, const Path& to) {
  if (session.handshake && session.phase == Session::Phase::Auth)
    session.context.transmits.push_back({to, session.handshake->init_response});
}

bool prepare_keys(Session& session, IkeSa& ike_sa) {
  if (ike_sa.cipher) return true;
  if (session.is_initiator || session.phase != Session::Phase::Auth) return false;
  if (derive_keys(session, ike_sa)) return true;
  session.finish(IkeSaClosed::Reason::Refused, std::string{refused_value});
  return false;
}

void take_keys(Session& session, IkeSa& ike_sa, const Secret& skeyseed) {
  Handshake& handshake = *session.handshake;
  const auto prf = crypto::Prf::find(handshake.suite.prf);
  CHECK(prf.has_value());
  IkeKeys keys = derive_ike_keys(handshake.suite, *prf, skeyseed.view(), handshake.n_i, handshake.n_r, ike_sa.spi_i, ike_sa.spi_r);
  handshake.sk_pi = std::move(keys.sk_pi);
  handshake.sk_pr = std::move(keys.sk_pr);
  ike_sa.set_keys(handshake.suite, *prf, keys);
  if (session.context.config.logs_keys) log_ike_keys(session.context, ike_sa);
}

}  // namespace agilevpn::ike
