// The two halves of IKE_AUTH, and what they share with its rounds of EAP.
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

// ---- auth_initiator.cpp
void handle_initiator_answer(Session& session, Instant now, Answer answer);
// The peer's response is an error: the session is over.
void end_refused(Session& session, const wire::Payloads& response);
// The peer is not whom we want: it is told so (RFC 7296 §2.21.2), and the session is over.
void reject_peer(Session& session, Instant now, std::string reason, AuthFault fault = AuthFault::None,
                 bool by_peer = false);
// The peer has proved itself, and Handshake::auth_message is whole.
void finish_initiator(Session& session, Instant now, const std::string& method);

// ---- auth_responder.cpp
void handle_responder_answer(Session& session, Instant now, Answer answer);
void refuse_auth(Session& session, Refused refusal, AuthFault fault = AuthFault::None);
// The peer's AUTH is here, and so is what it may have.
void accept_initiator(Session& session, const wire::AuthPayload& auth, PeerAccepted accepted);

// ---- auth_eap.cpp
void start_eap(Session& session, Instant now, EapStarted started);
// A responder's own AUTH is made: its certificate and the first Request go out.
void respond_eap(Session& session, std::optional<wire::AuthPayload> auth);
void handle_eap_request(Session& session, Instant now, const wire::Payloads& request);
// Asks the owner about the peer's packet; both roles.
void ask_eap(Session& session, Bytes packet);
void handle_eap_reply(Session& session, Instant now, EapReply reply);
void handle_eap_success(Session& session, Instant now, EapSucceeded succeeded);

}  // namespace agilevpn::ike
