// IKE_AUTH as its initiator.
#include <fmt/format.h>

#include "base/check.h"
#include "ike/auth.h"
#include "ike/auth_roles.h"
#include "ike/configuration.h"
#include "ike/create_child.h"
#include "ike/handshake.h"
#include "ike/mobike.h"
#include "ike/narrowing.h"
#include "ike/resume.h"
#include "ike/ticket_exchange.h"
#include "ike/wire/microsoft_status.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

class AuthExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::Auth; }
  wire::ExchangeType type() const override { return wire::ExchangeType::IkeAuth; }
  std::optional<wire::Payloads> build(Session& session, IkeSa&, Instant) override;
  void process(Session& session, IkeSa&, Instant, const wire::Payloads& response) override;
};

std::optional<wire::Payloads> AuthExchange::build(Session& session, IkeSa&, Instant) {
  Handshake& handshake = *session.handshake;
  const ConnectRequest& request = *handshake.request;
  handshake.spi_inbound = session.context.new_esp_spi();
  handshake.esp_offer = offer_esp(session.esp, handshake.spi_inbound);
  wire::Payloads payloads{wire::id_i(session.local)};
  const bool is_resuming =
      handshake.resumption.has_value();  // Then "a CERT payload MUST NOT be included" (RFC 5723 §4.3.3).
  if (!is_resuming)
    for (wire::Payload& payload : certificate_payloads(request.auth)) payloads.push_back(std::move(payload));
  if (!is_resuming && !request.authorities.empty()) payloads.push_back(certificate_request(request.authorities));
  if (is_resuming)
    payloads.push_back(wire::id_r(handshake.resumption->id_r));
  else if (request.remote)
    payloads.push_back(wire::id_r(*request.remote));
  if (handshake.auth) payloads.push_back(wire::payload(*handshake.auth));
  if (request.requests_ipv4 || request.requests_ipv6)
    payloads.push_back(wire::payload(configuration_request(request.requests_ipv4, request.requests_ipv6,
                                                           request.former_lease, session.product.kind)));
  payloads.push_back(wire::payload(wire::SaPayload{handshake.esp_offer}));
  payloads.push_back(wire::ts_i(request.ts_local));
  payloads.push_back(wire::ts_r(request.ts_remote));
  add_mobike(session, payloads, request.additional_addresses);
  add_nat_prohibition(session, payloads, session.path);
  if (request.is_initial_contact) payloads.push_back(wire::notify(NotifyType::InitialContact));
  payloads.push_back(wire::notify(NotifyType::EspTfcPaddingNotSupported));
  const auto* eap = std::get_if<EapAuth>(&request.auth);
  if (may_request_ticket(session)) payloads.push_back(wire::notify(NotifyType::TicketRequest));
  if (eap && eap->may_stand_alone && !is_resuming) payloads.push_back(wire::notify(NotifyType::EapOnlyAuthentication));
  return payloads;
}

void AuthExchange::process(Session& session, IkeSa&, Instant now, const wire::Payloads& response) {
  if (session.handshake->resumption) return finish_resumption(session, now, response);
  const auto* id = wire::find<wire::IdPayload>(response, wire::PayloadType::IdentificationResponder);
  const auto* auth = wire::find<wire::AuthPayload>(response);
  const auto* eap = wire::find<wire::EapPayload>(response);
  Handshake& handshake = *session.handshake;
  const auto* wanted_eap = std::get_if<EapAuth>(&handshake.request->auth);
  if (!id || (wanted_eap ? !eap : !auth)) return end_refused(session, response);
  session.peer = session.shown = id->identity;
  handshake.auth_message = response;
  if (wanted_eap) handshake.eap = HandshakeEap{.packet = eap->message, .is_alone = !auth};
  if (!auth && !wanted_eap->may_stand_alone)
    return reject_peer(session, now, "it proves itself with nothing but EAP, which this connection does not allow");
  if (!auth) return ask_eap(session, std::move(handshake.eap->packet));
  handshake.waiting = Handshake::Waiting::PeerAccepted;
  session.ask(peer_question(session, response, session.peer));
}

void send_auth_request(Session& session, Instant now, std::optional<wire::AuthPayload> auth) {
  session.handshake->auth = std::move(auth);
  session.send_request(now, session.current(), std::make_unique<AuthExchange>());
}

// The first Child SA, out of the IKE_AUTH response. Without one the IKE SA lives (RFC 7296 §1.2): the owner decides.
void install_first_child(Session& session, Instant now, const wire::Payloads& response) {
  const Handshake& handshake = *session.handshake;
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* ts_i = wire::find<wire::TsPayload>(response, wire::PayloadType::TrafficSelectorInitiator);
  const auto* ts_r = wire::find<wire::TsPayload>(response, wire::PayloadType::TrafficSelectorResponder);
  const auto suite =
      sa && is_valid_answer(handshake.esp_offer, sa->proposals) ? esp_suite(sa->proposals.front()) : std::nullopt;
  const auto* error = wire::find_error(response);
  if (!suite || !ts_i || !ts_r || !is_narrowing(ts_i->selectors, session.allowed_local) ||
      !is_narrowing(ts_r->selectors, session.allowed_remote)) {
    return session.refuse(wire::ExchangeType::IkeAuth, error ? error->type : NotifyType::NoProposalChosen,
                          error != nullptr,
                          error ? "the peer refused our Child SA" : "the peer's Child SA is not what we offered");
  }
  ChildSa child{.spi_inbound = handshake.spi_inbound,
                .spi_outbound = spi_of(sa->proposals.front()),
                .suite = *suite,
                .ts_local = ts_i->selectors,
                .ts_remote = ts_r->selectors};
  IkeSa& ike_sa = session.current();
  session.install_child(now, std::move(child),
                        derive_child_keys(*suite, *ike_sa.prf, ike_sa.sk_d.view(), {{}, handshake.n_i, handshake.n_r}),
                        ExchangeRole::Initiator, Sealing::AtOnce);
}

void accept_responder(Session& session, Instant now, const PeerAccepted& accepted) {
  Handshake& handshake = *session.handshake;
  const auto verified = verify_peer(session, *wire::find<wire::AuthPayload>(handshake.auth_message), accepted);
  if (!verified) return reject_peer(session, now, verified.error().reason, verified.error().fault);
  if (!handshake.eap) return finish_initiator(session, now, *verified);
  session.emit(PeerAuthenticated{session.id, session.peer, *verified});
  ask_eap(session, std::move(handshake.eap->packet));
}

}  // namespace

void end_refused(Session& session, const wire::Payloads& response) {
  const auto* error = wire::find_error(response);
  const NotifyType notify = error ? error->type : NotifyType::InvalidSyntax;
  const auto status = error ? wire::microsoft_status_of(*error) : std::nullopt;
  session.refuse(wire::ExchangeType::IkeAuth, notify, true, "the peer refused our IKE_AUTH",
                 error ? error->data : Bytes{});
  session.finish(notify == NotifyType::AuthenticationFailed ? IkeSaClosed::Reason::AuthenticationFailed
                                                            : IkeSaClosed::Reason::Refused,
                 "the peer answered " +
                     (status ? "Windows error " + wire::win32_error_for_users(*status) : wire::to_string(notify)));
}

void reject_peer(Session& session, Instant now, std::string reason, AuthFault fault, bool by_peer) {
  // RFC 7296 §2.21.2: a separate INFORMATIONAL. The IKE SA ends with it as with a Delete.
  class AuthenticationFailedNotice final : public Exchange {
   public:
    Kind kind() const override { return Kind::DeleteIke; }
    wire::ExchangeType type() const override { return wire::ExchangeType::Informational; }
    std::optional<wire::Payloads> build(Session&, IkeSa&, Instant) override {
      return wire::Payloads{wire::notify(NotifyType::AuthenticationFailed)};
    }
    void process(Session&, IkeSa&, Instant, const wire::Payloads&) override {}
  };
  session.send_request(now, session.current(), std::make_unique<AuthenticationFailedNotice>());
  session.emit(ExchangeRefused{
      session.id, wire::ExchangeType::IkeAuth, NotifyType::AuthenticationFailed, by_peer, reason, fault, {}});
  session.finish(IkeSaClosed::Reason::AuthenticationFailed, std::move(reason));
}

void finish_initiator(Session& session, Instant now, const std::string& method) {
  const wire::Payloads& response = session.handshake->auth_message;
  read_mobike(session, response);
  if (const auto* reply = wire::find<wire::ConfigurationPayload>(response))
    session.lease = read_configuration_reply(*reply);
  establish(session, now, method);
  install_first_child(session, now, response);
  take_ticket(session, session.current(), now, response);
  session.handshake.reset();
  session.pump(now);
}

void start_auth(Session& session, Instant now) {
  const LocalAuth& own = session.handshake->request->auth;
  if (session.handshake->resumption) return send_auth_request(session, now, prove(session, own));
  if (std::holds_alternative<EapAuth>(own)) return send_auth_request(session, now, std::nullopt);
  if (auto auth = prove(session, own)) send_auth_request(session, now, std::move(auth));
}

void handle_initiator_answer(Session& session, Instant now, Answer answer) {
  if (const auto* refused = std::get_if<Refused>(&answer))
    return reject_peer(session, now, refused->reason, AuthFault::None, refused->by_peer);
  if (auto* signature = std::get_if<Signature>(&answer)) {
    const auto& auth = std::get<CertificateAuth>(session.handshake->request->auth);
    return send_auth_request(session, now, auth_payload(session, auth, std::move(signature->signature)));
  }
  if (auto* reply = std::get_if<EapReply>(&answer)) return handle_eap_reply(session, now, std::move(*reply));
  if (auto* success = std::get_if<EapSucceeded>(&answer)) return handle_eap_success(session, now, std::move(*success));
  accept_responder(session, now, std::get<PeerAccepted>(answer));
}

}  // namespace agilevpn::ike
