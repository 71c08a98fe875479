// IKE_SA_INIT as its responder.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/codec.h"
#include "ike/auth.h"
#include "ike/handshake.h"
#include "ike/init.h"
#include "ike/init_roles.h"
#include "ike/ke.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

std::optional<wire::Proposal> choose_ike(const Context& context, const wire::Payloads& request) {
  const Proposals& offered = wire::find<wire::SaPayload>(request)->proposals;
  return choose(context.config.policy.ike,
                knows_intermediate(request) ? offered : without_additional_key_exchanges(offered));
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
  if (asks_for_cookie)
    if (auto answer = ask_for_cookie(context, now, cookies, from, request)) return answer;
  const auto chosen = choose_ike(context, request.payloads);
  if (!chosen || !can_compute(*chosen))
    return refuse(NotifyType::NoProposalChosen,
                  fmt::format("no IKE proposal fits policy {}; offered: {}", context.config.policy.name,
                              fmt::join(describe(sa->proposals), "; ")));
  const auto method = ike_suite(*chosen)->key_exchange;
  if (ke->method != method)
    return refuse(NotifyType::InvalidKePayload,
                  fmt::format("its key exchange is {}, and {} is to be used", crypto::to_string(ke->method),
                              crypto::to_string(method)),
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
  session.recognize_peer(recognize(handshake.offer, nullptr));
  session.emit(IkeSaInitiated{session.id, false, session.path, request.header.spi_i, handshake.offer});
  session.trace(MessageSeen::Direction::Received, request.header, request.payloads, session.path, datagram.size());
  handshake.key_exchange =
      crypto::KeyExchange::respond(handshake.suite.key_exchange, handshake.peer_public_value, session.context.random);
  if (!handshake.key_exchange)
    return session.finish(IkeSaClosed::Reason::Refused, std::string{refused_key_exchange_value});
  read_capabilities(session, request.payloads);

  IkeSa& ike_sa = session.add_ike_sa(request.header.spi_i, session.context.new_ike_spi(), false);
  session.emit(IkeProposalChosen{session.id, handshake.suite.to_string(), describe(sa.proposals), {}});
  session.note_nat(find_nat(request.payloads, request.header.spi_i, request.header.spi_r, session.path));
  wire::Payloads payloads{wire::payload(wire::SaPayload{{chosen}}), ke_payload(*handshake.key_exchange),
                          wire::payload(wire::NoncePayload{handshake.n_r})};
  session.add_nat_detection(payloads, ike_sa, session.path);
  if (const auto& authorities = session.context.config.authorities; !authorities.empty())
    payloads.push_back(certificate_request(authorities));
  add_capabilities(session, payloads);
  // Also for NONE, which is of a type that means nothing without it (RFC 9370 §2.2.1).
  if (has_additional_key_exchange({chosen}))
    payloads.push_back(wire::notify(NotifyType::IntermediateExchangeSupported));
  send_initial_response(session, ike_sa, now, wire::ExchangeType::IkeSaInit, payloads);
}

std::optional<wire::Message> ask_for_cookie(Context& context, Instant now, CookieJar& cookies, const Path& from, const wire::Message& request) {
  const Bytes& n_i = wire::find<wire::NoncePayload>(request.payloads)->nonce;
  const auto* cookie = wire::find_notify(request.payloads, NotifyType::Cookie);
  if (cookie && cookies.is_valid(now, cookie->data, n_i, from.peer.address, request.header.spi_i)) return std::nullopt;
  return InitRefusal{context, from, request}(NotifyType::Cookie, "many IKE SAs are half open, so it must show that it is where it says",
                                             cookies.make(now, context.random, n_i, from.peer.address, request.header.spi_i));
}

wire::Message stateless_answer(const wire::Message& request, wire::Payload notify) {
  wire::Message answer{.header = request.header, .payloads = {std::move(notify)}};
  answer.header.is_response = true;
  answer.header.is_from_original_initiator = false;
  return answer;
}

void send_initial_response(Session& session, IkeSa& ike_sa, Instant now, wire::ExchangeType type, const wire::Payloads& payloads) {
  session.phase = Session::Phase::Auth;
  session.expires_at = now + limits::half_open_lifetime;
  session.handshake->ends_by = now + limits::handshake_lifetime;
  session.send_response(ike_sa, type, payloads, session.path);
  session.handshake->init_response = ike_sa.last_response->datagrams.front();
  ike_sa.last_response.reset();
}

void repeat_init_response(Session& session, const Path& to) {
  if (session.handshake && session.phase == Session::Phase::Auth)
    session.context.transmits.push_back({to, session.handshake->init_response});
}

}  // namespace agilevpn::ike
