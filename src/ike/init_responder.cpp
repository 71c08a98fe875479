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

std::optional<wire::Proposal> choose_ike(const Context& context, const Proposals& offered,
                                         const wire::Payloads& request) {
  return choose(context.config.policy.ike,
                knows_intermediate(request) ? offered : without_additional_key_exchanges(offered));
}

// A refusal that leaves no state here: the answer, and the fact for people.
struct InitRefusal {
  Context& context;
  const FirstRequest& request;

  Failure<wire::Message> operator()(NotifyType notify, std::string reason, Bytes data = {}) const {
    IkeSaInitRefused fact{
        .path = request.from, .spi_i = request.message.header.spi_i, .notify = notify, .reason = std::move(reason)};
    if (notify != NotifyType::Cookie) fact.offer = read_offer(request.message.payloads);
    context.events.push_back(std::move(fact));
    return Failure{stateless_answer(request.message, wire::notify(notify, std::move(data)))};
  }
};

}  // namespace

Result<InitRequest, wire::Message> read_init(Context& context, const FirstRequest& request) {
  const wire::Payloads& payloads = request.message.payloads;
  const auto* sa = wire::find<wire::SaPayload>(payloads);
  const auto* ke = wire::find<wire::KePayload>(payloads);
  const auto* nonce = wire::find<wire::NoncePayload>(payloads);
  const InitRefusal refuse{context, request};
  if (!sa || !ke || !nonce) return refuse(NotifyType::InvalidSyntax, "it lacks SA, KE or Nonce");
  if (const auto unknown = wire::unsupported_critical(payloads))
    return refuse(NotifyType::UnsupportedCriticalPayload, "an unknown critical payload " + wire::to_string(*unknown),
                  {static_cast<std::byte>(*unknown)});
  if (auto answer = ask_for_cookie(context, request, nonce->nonce)) return Failure{*std::move(answer)};
  auto chosen = choose_ike(context, sa->proposals, payloads);
  if (!chosen || !can_compute(*chosen))
    return refuse(NotifyType::NoProposalChosen,
                  fmt::format("no IKE proposal fits policy {}; offered: {}", context.config.policy.name,
                              fmt::join(describe(sa->proposals), "; ")));
  auto suite = *ike_suite(*chosen);
  const auto method = suite.key_exchange;
  if (ke->method != method)
    return refuse(NotifyType::InvalidKePayload,
                  fmt::format("its key exchange is {}, and {} is to be used", crypto::to_string(ke->method),
                              crypto::to_string(method)),
                  Writer{}.u16(static_cast<std::uint16_t>(method)).take());
  if (ke->data.size() != crypto::KeyExchange::public_size(method))
    return refuse(NotifyType::InvalidSyntax, "its key exchange value has an impossible size");
  chosen->spi.clear();
  return InitRequest{nonce->nonce, ke->data, *std::move(chosen), std::move(suite)};
}

void answer_init(Session& session, const FirstRequest& request, InitRequest init) {
  Handshake& handshake = *session.handshake;
  const wire::Header& header = request.message.header;
  handshake.suite = std::move(init.suite);
  handshake.peer_public_value = std::move(init.public_value);
  take_first_request(session, request, std::move(init.n_i));
  handshake.key_exchange =
      crypto::KeyExchange::respond(handshake.suite.key_exchange, handshake.peer_public_value, session.context.random);
  if (!handshake.key_exchange)
    return session.finish(IkeSaClosed::Reason::Refused, std::string{refused_key_exchange_value});

  IkeSa& ike_sa = session.ike_sas.add(header.spi_i, session.context.new_ike_spi(), false);
  session.emit(IkeProposalChosen{session.id, handshake.suite.to_string(), describe(handshake.offer.proposals), {}});
  session.note_nat(find_nat(request.message.payloads, header.spi_i, header.spi_r, session.path));
  wire::Payloads payloads{wire::payload(wire::SaPayload{{init.chosen}}), ke_payload(*handshake.key_exchange),
                          wire::payload(wire::NoncePayload{handshake.n_r})};
  session.add_nat_detection(payloads, ike_sa, session.path);
  if (const auto& authorities = session.context.config.authorities; !authorities.empty())
    payloads.push_back(certificate_request(authorities));
  add_capabilities(session, payloads);
  // Also for NONE, which is of a type that means nothing without it (RFC 9370 §2.2.1).
  if (has_additional_key_exchange({init.chosen}))
    payloads.push_back(wire::notify(NotifyType::IntermediateExchangeSupported));
  send_initial_response(session, ike_sa, request.now, wire::ExchangeType::IkeSaInit, payloads);
}

std::optional<wire::Message> ask_for_cookie(Context& context, const FirstRequest& request, const Bytes& n_i) {
  if (!request.cookies) return std::nullopt;
  const IpAddress& initiator = request.from.peer.address;
  const IkeSpi spi_i = request.message.header.spi_i;
  const auto* cookie = wire::find_notify(request.message.payloads, NotifyType::Cookie);
  if (cookie && request.cookies->is_valid(request.now, cookie->data, n_i, initiator, spi_i)) return std::nullopt;
  return InitRefusal{context, request}(NotifyType::Cookie,
                                       "many IKE SAs are half open, so it must show that it is where it says",
                                       request.cookies->make(request.now, context.random, n_i, initiator, spi_i))
      .error();
}

void take_first_request(Session& session, const FirstRequest& request, Bytes n_i) {
  const auto& [header, payloads] = request.message;
  const bool resumes = header.exchange == wire::ExchangeType::IkeSessionResume;
  Handshake& handshake = *session.handshake;
  handshake.n_i = std::move(n_i);
  handshake.n_r = session.context.random.public_bytes(limits::nonce_size);
  handshake.init_request = to_bytes(request.datagram);
  handshake.offer = read_offer(payloads);
  session.recognize_peer(recognize(handshake.offer, nullptr));
  session.emit(IkeSaInitiated{session.id, false, session.path, header.spi_i, handshake.offer, resumes});
  session.trace(MessageSeen::Direction::Received, header, payloads, session.path, request.datagram.size());
  read_capabilities(session, payloads);
}

wire::Message stateless_answer(const wire::Message& request, wire::Payload notify) {
  wire::Message answer{.header = request.header, .payloads = {std::move(notify)}};
  answer.header.is_response = true;
  answer.header.is_from_original_initiator = false;
  return answer;
}

void send_initial_response(Session& session, IkeSa& ike_sa, Instant now, wire::ExchangeType type,
                           const wire::Payloads& payloads) {
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
