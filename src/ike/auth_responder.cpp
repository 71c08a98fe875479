// IKE_AUTH as its responder.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "ike/auth.h"
#include "ike/auth_roles.h"
#include "ike/configuration.h"
#include "ike/create_child.h"
#include "ike/handshake.h"
#include "ike/intermediate.h"
#include "ike/mobike.h"
#include "ike/narrowing.h"
#include "ike/resume.h"
#include "ike/ticket_exchange.h"
#include "ike/wire/microsoft_status.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

bool is_plausible(const wire::Payloads& request) {
  return wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationInitiator) &&
         wire::find<wire::SaPayload>(request) &&
         wire::find<wire::TsPayload>(request, wire::PayloadType::TrafficSelectorInitiator) &&
         wire::find<wire::TsPayload>(request, wire::PayloadType::TrafficSelectorResponder);
}

AuthRequested read_request(const Session& session, const wire::Payloads& request, const Path& from) {
  AuthRequested fact{.ike_sa = session.id, .path = from};
  if (const auto* id = wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationInitiator))
    fact.peer = id->identity;
  if (const auto* id = wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationResponder))
    fact.requested_local = id->identity;
  const auto* auth = wire::find<wire::AuthPayload>(request);
  using Way = AuthRequested::Way;
  const bool is_resuming = session.handshake->resumption.has_value();
  const bool is_shared = auth && auth->method == wire::AuthMethod::SharedKeyMessageIntegrityCode;
  fact.way = is_resuming ? Way::Ticket : is_shared ? Way::SharedKey : auth ? Way::Certificate : Way::Eap;
  if (const auto* sa = wire::find<wire::SaPayload>(request)) fact.esp = sa->proposals;
  if (const auto* ts = wire::find<wire::TsPayload>(request, wire::PayloadType::TrafficSelectorInitiator))
    fact.ts_i = ts->selectors;
  if (const auto* ts = wire::find<wire::TsPayload>(request, wire::PayloadType::TrafficSelectorResponder))
    fact.ts_r = ts->selectors;
  for (const wire::Payload& payload : request)
    if (const auto* notify = std::get_if<wire::NotifyPayload>(&payload.body)) fact.notifies.push_back(notify->type);
  if (const auto* wishes = wire::find<wire::ConfigurationPayload>(request))
    for (const auto& attribute : wishes->attributes) fact.attributes.push_back(attribute.type);
  return fact;
}

// The peer says that its other sessions are gone, or we let it have one only.
bool replaces_older(const Handshake& handshake) {
  return handshake.accepted->replaces_older_sessions ||
         wire::find_notify(handshake.auth_message, NotifyType::InitialContact) != nullptr;
}

// What says more to a user of Windows than it makes of the RFC's own notify, if there is something. Only who has proved who
// it is hears of its account: a number that comes with the right password alone would help to guess it.
std::optional<std::uint32_t> microsoft_status_for(const Refused& refusal) {
  if (refusal.notify == NotifyType::InternalAddressFailure) return wire::microsoft_status::no_ip_addresses;
  if (refusal.is_proved) return wire::microsoft_status::no_dialin_permission;
  return std::nullopt;
}

// What it wants to be told (RFC 7296 §2.19); null: nothing.
const wire::ConfigurationPayload* configuration_request(const Handshake& handshake) {
  const auto* request = wire::find<wire::ConfigurationPayload>(handshake.auth_message);
  return request && request->type == wire::ConfigurationType::Request ? request : nullptr;
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

// What router solicitations and their answers need (RFC 4861 §4.1, §4.2).
void allow_router_solicitations(Session& session) {
  if (!session.quirks.has(Quirk::SolicitsRouters) || !session.lease || !session.lease->ipv6) return;
  const TrafficSelector neighbors = TrafficSelector::of(*IpPrefix::parse("fe80::/10"));
  session.allowed_remote.push_back(neighbors);
  session.allowed_local.push_back(neighbors);
  session.allowed_local.push_back(TrafficSelector::of(*IpPrefix::parse("ff02::2/128")));
}

// Answers SAi2, TSi and TSr: the payloads of a Child SA, which is installed, or the notify that refuses it.
wire::Payloads answer_first_child(Session& session, Instant now) {
  const Handshake& handshake = *session.handshake;
  const IkeSa& ike_sa = session.current();
  auto chosen = choose_child(session, handshake.auth_message, session.esp, std::nullopt);
  if (!chosen) return std::move(chosen.error());
  ChildKeys keys =
      derive_child_keys(chosen->child.suite, *ike_sa.prf, ike_sa.sk_d.view(), {{}, handshake.n_i, handshake.n_r});
  session.install_child(now, std::move(chosen->child), std::move(keys), ExchangeRole::Responder, Sealing::AtOnce);
  return {std::move(chosen->sa), std::move(chosen->ts_i), std::move(chosen->ts_r)};
}

void respond(Session& session, Instant now, wire::AuthPayload auth, const std::string& method) {
  Handshake& handshake = *session.handshake;
  wire::Payloads payloads{wire::id_r(session.local)};
  for (wire::Payload& payload : certificate_payloads(*handshake.own_auth)) payloads.push_back(std::move(payload));
  payloads.push_back(wire::payload(std::move(auth)));
  read_mobike(session, handshake.auth_message);
  if (handshake.lease) payloads.push_back(wire::payload(configuration_reply(*handshake.lease)));
  session.lease = handshake.lease;
  session.allowed_local = handshake.accepted->ts_local;
  session.allowed_remote = allowed_for_peer(session);
  allow_router_solicitations(session);
  session.esp = handshake.accepted->esp;
  if (replaces_older(handshake)) session.replaces_older = std::move(handshake.spared);
  establish(session, now, method);
  if (auto& resumption = handshake.resumption) {
    session.presented = PresentedTicket{std::move(resumption->ticket), resumption->expires};
    session.replaces_resumed = true;
  }
  for (wire::Payload& payload : answer_first_child(session, now)) payloads.push_back(std::move(payload));
  if (session.is_mobike) add_mobike(session, payloads, session.context.addresses);
  answer_ticket_request(session, session.current(), now, handshake.auth_message, payloads);
  session.send_response(session.current(), wire::ExchangeType::IkeAuth, payloads, handshake.auth_path);
  session.handshake.reset();
  session.pump(now);
}

void prove_and_respond(Session& session, Instant now) {
  if (auto auth = prove(session, *session.handshake->own_auth))
    respond(session, now, *std::move(auth), session.handshake->method);
}

void handle_signature(Session& session, Instant now, Signature signature) {
  Handshake& handshake = *session.handshake;
  auto auth = auth_payload(session, std::get<CertificateAuth>(*handshake.own_auth), std::move(signature.signature));
  if (handshake.eap) return respond_eap(session, std::move(auth));
  respond(session, now, std::move(auth), handshake.method);
}

}  // namespace

void refuse_auth(Session& session, Refused refusal, AuthFault fault) {
  wire::Payload answer = refusal.eap_failure.empty() ? wire::notify(refusal.notify)
                                                     : wire::payload(wire::EapPayload{std::move(refusal.eap_failure)});
  wire::Payloads payloads{std::move(answer)};
  const auto status = microsoft_status_for(refusal);
  if (status && session.quirks.has(Quirk::ReadsMicrosoftStatus))
    payloads.push_back(wire::microsoft_status_notify(*status));
  session.send_response(session.current(), wire::ExchangeType::IkeAuth, payloads, session.handshake->auth_path);
  session.emit(ExchangeRefused{session.id, wire::ExchangeType::IkeAuth, refusal.notify, false, refusal.reason, fault});
  session.finish(refusal.notify == NotifyType::AuthenticationFailed ? IkeSaClosed::Reason::AuthenticationFailed
                                                                    : IkeSaClosed::Reason::Refused,
                 std::move(refusal.reason));
}

void accept_initiator(Session& session, const wire::AuthPayload& auth, PeerAccepted accepted) {
  Handshake& handshake = *session.handshake;
  const auto verified = verify_peer(session, auth, accepted);
  if (handshake.resumption) accepted.auth = PskAuth{};  // prove() minds the resumption.
  if (!verified)
    return refuse_auth(session, {NotifyType::AuthenticationFailed, verified.error().reason, {}},
                       verified.error().fault);
  if (!accepted.auth)
    return refuse_auth(session,
                       {NotifyType::AuthenticationFailed, "there is nothing to prove our own identity with", {}});
  handshake.method = *verified;
  handshake.own_auth = std::exchange(accepted.auth, std::nullopt);
  session.local = handshake.resumption ? handshake.resumption->id_r : accepted.local;
  if (accepted.peer) session.peer = *accepted.peer;
  if (handshake.resumption) session.peer = handshake.resumption->peer;
  handshake.accepted = std::move(accepted);
  handshake.waiting = Handshake::Waiting::Lease;
  AssignAddresses question{.ike_sa = session.id, .peer = session.peer};
  if (const auto* request = configuration_request(handshake))
    question = read_configuration_request(session.id, session.peer, *request);
  question.replaces_older_sessions = replaces_older(handshake);
  session.ask(std::move(question));
}

void handle_auth_request(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                         const wire::Payloads& request) {
  if (session.phase != Session::Phase::Auth || session.is_initiator)
    return session.send_response(ike_sa, wire::ExchangeType::IkeAuth, {wire::notify(NotifyType::InvalidSyntax)}, from);
  Handshake& handshake = *session.handshake;
  session.path = from;  // IKE_AUTH may come on port 4500 after IKE_SA_INIT on 500 (RFC 7296 §2.23).
  handshake.auth_path = from;
  if (!are_key_exchanges_over(handshake))
    return refuse_auth(
        session,
        {NotifyType::InvalidSyntax, "its IKE_AUTH comes before the additional key exchanges that were chosen", {}});
  if (handshake.eap) return handle_eap_request(session, now, request);
  handshake.auth_message = request;
  AuthRequested fact = read_request(session, request, from);
  session.recognize_peer(recognize(handshake.offer, &fact));
  session.emit(std::move(fact));
  if (is_forbidden_nat(session, ike_sa, request, from))
    return refuse_auth(session, {NotifyType::UnexpectedNatDetected, std::string{forbidden_nat}, {}});
  if (!is_plausible(request))
    return refuse_auth(session, {NotifyType::InvalidSyntax, "its IKE_AUTH lacks IDi, SA, TSi or TSr", {}});
  session.peer = session.shown =
      wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationInitiator)->identity;
  if (auto why = why_not_resumed(session, request))
    return refuse_auth(session, {NotifyType::AuthenticationFailed, *std::move(why), {}});
  AuthenticatePeer question = peer_question(session, request, session.peer);
  if (const auto* wanted = wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationResponder))
    question.requested_local = wanted->identity;
  if (const auto& resumption = handshake.resumption)
    question.resumed = ResumedLogin{resumption->peer, resumption->method, resumption->login, resumption->data};
  handshake.waiting = Handshake::Waiting::PeerAccepted;
  session.ask(std::move(question));
}

void handle_responder_answer(Session& session, Instant now, Answer answer) {
  Handshake& handshake = *session.handshake;
  if (auto* granted = std::get_if<Granted>(&answer)) {
    if (configuration_request(handshake)) handshake.lease = std::move(granted->lease);
    if (!granted->ts_local.empty()) handshake.accepted->ts_local = std::move(granted->ts_local);
    std::ranges::copy(granted->ts_remote, std::back_inserter(handshake.accepted->ts_remote));
    session.ticket_terms = std::move(granted->ticket);
    handshake.spared = std::move(granted->spared);
    return prove_and_respond(session, now);
  }
  if (auto* signature = std::get_if<Signature>(&answer)) return handle_signature(session, now, std::move(*signature));
  if (auto* started = std::get_if<EapStarted>(&answer)) return start_eap(session, now, std::move(*started));
  if (auto* reply = std::get_if<EapReply>(&answer)) return handle_eap_reply(session, now, std::move(*reply));
  if (auto* success = std::get_if<EapSucceeded>(&answer)) return handle_eap_success(session, now, std::move(*success));
  if (auto* refused = std::get_if<Refused>(&answer)) return refuse_auth(session, std::move(*refused));
  const wire::AuthPayload auth = *wire::find<wire::AuthPayload>(handshake.auth_message);
  accept_initiator(session, auth, std::get<PeerAccepted>(std::move(answer)));
}

}  // namespace agilevpn::ike
