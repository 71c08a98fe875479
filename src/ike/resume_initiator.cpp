// IKE_SESSION_RESUME as its initiator.
#include "base/check.h"
#include "ike/auth.h"
#include "ike/auth_roles.h"
#include "ike/handshake.h"
#include "ike/init.h"
#include "ike/init_roles.h"
#include "ike/resume.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

class ResumeExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::Resume; }
  wire::ExchangeType type() const override { return wire::ExchangeType::IkeSessionResume; }

  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant) override {
    const Handshake& handshake = *session.handshake;
    wire::Payloads payloads;
    if (!handshake.cookie.empty()) payloads.push_back(wire::notify(NotifyType::Cookie, handshake.cookie));
    payloads.push_back(wire::payload(wire::NoncePayload{handshake.n_i}));
    payloads.push_back(wire::notify(NotifyType::TicketOpaque, handshake.request->ticket->opaque));
    add_nat_detection(payloads, ike_sa.spi_i, ike_sa.spi_r, session.path);
    add_capabilities(session, payloads);
    return payloads;
  }
  void process(Session&, IkeSa&, Instant, const wire::Payloads&) override {}  // handle_resume_response() does.
};

// A new IKE SA in the same session, by IKE_SA_INIT: at once, since somebody waits.
void begin_anew(Session& session, Instant now, std::string why) {
  session.emit(TicketRefused{session.id, session.path, true, std::move(why)});
  auto request = std::move(session.handshake->request);
  request->ticket.reset();
  session.handshake = std::make_unique<Handshake>();
  session.handshake->request = std::move(request);
  session.handshake->n_i = session.context.random.public_bytes(limits::nonce_size);
  session.phase = Session::Phase::Init;
  IkeSa& ike_sa = session.current();
  ike_sa = IkeSa{};
  ike_sa.spi_i = session.context.new_ike_spi();
  ike_sa.is_original_initiator = true;
  send_init(session, ike_sa, now);
}

void retry_resume(Session& session, IkeSa& ike_sa, Instant now, Bytes cookie) {
  ike_sa.outstanding.reset();
  if (!may_retry(session)) return;
  session.handshake->cookie = std::move(cookie);
  ike_sa.next_request_id = 0;
  session.send_request(now, ike_sa, std::make_unique<ResumeExchange>());
}

void accept_resume_response(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                            const wire::Message& message, ByteView datagram) {
  Handshake& handshake = *session.handshake;
  Ticket ticket = *std::exchange(handshake.request->ticket, std::nullopt);
  const auto round_trip = std::exchange(ike_sa.outstanding, std::nullopt)->round_trip(now);
  ike_sa.spi_r = message.header.spi_r;
  handshake.suite = ticket.suite;
  handshake.n_r = wire::find<wire::NoncePayload>(message.payloads)->nonce;
  handshake.init_response = to_bytes(datagram);
  read_capabilities(session, message.payloads);
  session.recognize_peer(recognize_responder(read_offer(message.payloads).vendor_ids));
  session.last_heard = now;
  session.local = ticket.id_i;
  session.emit(IkeProposalChosen{session.id, handshake.suite.to_string(), {}, round_trip});
  session.note_nat(find_nat(message.payloads, ike_sa.spi_i, ike_sa.spi_r, from));
  derive_resumed_keys(session, ike_sa, ticket.sk_d.view());
  handshake.resumption = Resumption{ticket.id_i, ticket.id_r, ticket.peer, ticket.method, {}, {}, {}, {}};
  move_to_nat_traversal_port(session);
  session.phase = Session::Phase::Auth;
  start_auth(session, now);
}

}  // namespace

void send_resume(Session& session, IkeSa& ike_sa, Instant now) {
  session.emit(IkeSaInitiated{.ike_sa = session.id, .is_initiator = true, .path = session.path, .resumes = true});
  session.send_request(now, ike_sa, std::make_unique<ResumeExchange>());
}

void handle_resume_response(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                            const wire::Message& message, ByteView datagram) {
  const bool is_due = message.header.is_response && session.phase == Session::Phase::Init && ike_sa.outstanding &&
                      ike_sa.outstanding->exchange->kind() == Exchange::Kind::Resume;
  if (!is_due) return session.emit(DatagramDropped{from, "an IKE_SESSION_RESUME that we do not wait for"});
  if (const auto unknown = wire::unsupported_critical(message.payloads))
    return session.emit(DatagramDropped{from, "an unknown critical payload " + wire::to_string(*unknown)});
  const bool has_answer = !message.header.spi_r.is_zero() && wire::find<wire::NoncePayload>(message.payloads);
  if (has_answer) return accept_resume_response(session, ike_sa, now, from, message, datagram);
  if (const auto* cookie = wire::find_notify(message.payloads, NotifyType::Cookie)) {
    if (auto data = cookie_of(session, from, *cookie)) retry_resume(session, ike_sa, now, *std::move(data));
    return;
  }
  // Nobody has proved that this is the responder's word, and it is the harmless one: a full exchange.
  const auto* error = wire::find_error(message.payloads);
  if (!error && !wire::find_notify(message.payloads, NotifyType::TicketNack))
    return session.emit(DatagramDropped{from, "its IKE_SESSION_RESUME response does not answer our request"});
  begin_anew(session, now, "it answered " + wire::to_string(error ? error->type : NotifyType::TicketNack));
}

void finish_resumption(Session& session, Instant now, const wire::Payloads& response) {
  Handshake& handshake = *session.handshake;
  const auto* id = wire::find<wire::IdPayload>(response, wire::PayloadType::IdentificationResponder);
  const auto* auth = wire::find<wire::AuthPayload>(response);
  if (!id || !auth) {
    const auto* error = wire::find_error(response);
    return begin_anew(session, now,
                      "it answered IKE_AUTH with " + wire::to_string(error ? error->type : NotifyType::InvalidSyntax));
  }
  if (id->identity != handshake.resumption->id_r)
    return begin_anew(session, now, "it says that it is another one than before");
  session.peer = session.shown = id->identity;
  const auto verified = verify_resumed(session, *auth);
  if (!verified) return begin_anew(session, now, verified.error().reason);
  session.peer = handshake.resumption->peer;
  handshake.auth_message = response;
  finish_initiator(session, now, *verified);
}

}  // namespace agilevpn::ike
