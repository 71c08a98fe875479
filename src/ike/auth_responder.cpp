// IKE_AUTH as its responder.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "ike/auth.h"
#include "ike/auth_roles.h"
#include "ike/configuration.h"
#include "ike/create_child.h"
#include "ike/handshake.h"
#include "ike/mobike.h"
#include "ike/narrowing.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

void refuse_auth(Session& session, NotifyType notify, std::string reason) {
  session.send_response(session.current(), wire::ExchangeType::IkeAuth, {wire::notify(notify)}, session.handshake->auth_path);
  session.refuse(wire::ExchangeType::IkeAuth, notify, false, reason);
  session.finish(notify == NotifyType::AuthenticationFailed ? IkeSaClosed::Reason::AuthenticationFailed
                                                            : IkeSaClosed::Reason::Refused,
                 std::move(reason));
}

bool is_plausible(const wire::Payloads& request) {
  return wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationInitiator) &&
         wire::find<wire::SaPayload>(request) &&
         wire::find<wire::TsPayload>(request, wire::PayloadType::TrafficSelectorInitiator) &&
         wire::find<wire::TsPayload>(request, wire::PayloadType::TrafficSelectorResponder);
}

bool says_initial_contact(const Handshake& handshake) {
  return wire::find_notify(handshake.auth_message, NotifyType::InitialContact) != nullptr;
}

// What the peer may use as its own addresses: its lease, what its policy names, else the address that it speaks from.
TrafficSelectors allowed_for_peer(const Session& session) {
  const Handshake& handshake = *session.handshake;
  TrafficSelectors allowed = handshake.accepted->ts_remote;
  if (handshake.lease) std::ranges::copy(selectors_of(*handshake.lease), std::back_inserter(allowed));
  if (allowed.empty()) {
    const IpAddress& outer = session.path.peer.address;
    allowed.push_back(TrafficSelector::of({outer, static_cast<std::uint8_t>(outer.bits())}));
  }
  return allowed;
}

// Answers SAi2, TSi and TSr: the payloads of a Child SA, which is installed, or the notify that refuses it.
wire::Payloads answer_first_child(Session& session, Instant now) {
  const Handshake& handshake = *session.handshake;
  IkeSa& ike_sa = session.current();
  return answer_child(session, now, handshake.auth_message, {},
                      {.prf = *ike_sa.prf, .sk_d = ike_sa.sk_d.view(), .g_ir = {}, .n_i = handshake.n_i, .n_r = handshake.n_r},
                      session.esp, std::nullopt);
}

void respond(Session& session, Instant now, wire::AuthPayload auth, const std::string& method) {
  Handshake& handshake = *session.handshake;
  wire::Payloads payloads{wire::id_r(session.local)};
  for (wire::Payload& payload : certificate_payloads(*handshake.accepted->auth)) payloads.push_back(std::move(payload));
  payloads.push_back(wire::payload(std::move(auth)));
  read_mobike(session, handshake.auth_message);
  if (handshake.lease) payloads.push_back(wire::payload(configuration_reply(*handshake.lease)));
  session.lease = handshake.lease;
  session.allowed_local = handshake.accepted->ts_local;
  session.allowed_remote = allowed_for_peer(session);
  session.esp = handshake.accepted->esp;
  session.initial_contact = says_initial_contact(handshake);
  session.replaces_older = handshake.accepted->replaces_older_sessions;
  establish(session, now, method);
  for (wire::Payload& payload : answer_first_child(session, now)) payloads.push_back(std::move(payload));
  if (session.is_mobike) add_mobike(session, payloads, session.context.addresses);
  session.send_response(session.current(), wire::ExchangeType::IkeAuth, payloads, handshake.auth_path);
  session.handshake.reset();
  session.pump(now);
}

void prove_and_respond(Session& session, Instant now) {
  if (auto auth = prove(session, *session.handshake->accepted->auth))
    respond(session, now, *std::move(auth), session.handshake->method);
}

void accept_initiator(Session& session, Instant now, PeerAccepted accepted) {
  Handshake& handshake = *session.handshake;
  const auto verified = verify_peer(session, *wire::find<wire::AuthPayload>(handshake.auth_message), accepted);
  if (!verified) return refuse_auth(session, NotifyType::AuthenticationFailed, verified.error());
  if (!accepted.auth) return refuse_auth(session, NotifyType::AuthenticationFailed, "there is nothing to prove our own identity with");
  handshake.method = *verified;
  session.local = accepted.local;
  handshake.accepted = std::move(accepted);
  const auto* request = wire::find<wire::ConfigurationPayload>(handshake.auth_message);
  if (!request || request->type != wire::ConfigurationType::Request) return prove_and_respond(session, now);
  handshake.waiting = Handshake::Waiting::Lease;
  AssignAddresses question = read_configuration_request(session.id, session.peer, *request);
  question.replaces_older_sessions = handshake.accepted->replaces_older_sessions || says_initial_contact(handshake);
  session.ask(std::move(question));
}

}  // namespace

void handle_auth_request(Session& session, IkeSa& ike_sa, const Path& from, const wire::Payloads& request) {
  if (session.phase != Session::Phase::Auth || session.is_initiator)
    return session.send_response(session.current(), wire::ExchangeType::IkeAuth, {wire::notify(NotifyType::InvalidSyntax)}, from);
  Handshake& handshake = *session.handshake;
  session.path = from;  // IKE_AUTH may come on port 4500 after IKE_SA_INIT on 500 (RFC 7296 §2.23).
  handshake.auth_path = from;
  handshake.auth_message = request;
  if (is_forbidden_nat(session, ike_sa, request, from)) return refuse_auth(session, NotifyType::UnexpectedNatDetected, forbidden_nat);
  if (!is_plausible(request)) return refuse_auth(session, NotifyType::InvalidSyntax, "its IKE_AUTH lacks IDi, SA, TSi or TSr");
  session.peer = wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationInitiator)->identity;
  if (!wire::find<wire::AuthPayload>(request))
    return refuse_auth(session, NotifyType::AuthenticationFailed, "it wants to use EAP, which this gateway does not offer");
  AuthenticatePeer question = peer_question(session, request, session.peer);
  if (const auto* wanted = wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationResponder))
    question.requested_local = wanted->identity;
  handshake.waiting = Handshake::Waiting::PeerAccepted;
  session.ask(std::move(question));
}

void handle_responder_answer(Session& session, Instant now, Answer answer) {
  Handshake& handshake = *session.handshake;
  if (auto* lease = std::get_if<Lease>(&answer)) {
    handshake.lease = std::move(*lease);
    return prove_and_respond(session, now);
  }
  if (auto* signature = std::get_if<Signature>(&answer)) {
    const auto& auth = std::get<CertificateAuth>(*handshake.accepted->auth);
    return respond(session, now, auth_payload(session, auth, std::move(signature->signature)), handshake.method);
  }
  if (auto* accepted = std::get_if<PeerAccepted>(&answer)) return accept_initiator(session, now, std::move(*accepted));
  const Refused& refused = std::get<Refused>(answer);
  refuse_auth(session, refused.notify, refused.reason);
}

}  // namespace agilevpn::ike
