// The two halves of IKE_AUTH, for auth.cpp's dispatch alone.
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

void send_auth_request(Session& session, Instant now, wire::AuthPayload auth);
void handle_initiator_answer(Session& session, Instant now, Answer answer);
void handle_responder_answer(Session& session, Instant now, Answer answer);

}  // namespace agilevpn::ike
