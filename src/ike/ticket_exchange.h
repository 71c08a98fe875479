// How an initiator comes by tickets (RFC 5723 §4.1), of the responder that it may resume with: in IKE_AUTH, and later
// by an exchange of their own, after each rekey of the IKE SA and before the last one expires.
//
//   HDR, SK {N(TICKET_REQUEST)}  -->
//                         <--  HDR, SK {N(TICKET_LT_OPAQUE)}, or N(TICKET_NACK)
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

// ---- Initiator
std::unique_ptr<Exchange> request_ticket();
// Whether it does not harm to ask this peer.
bool may_request_ticket(const Session& session);
// What a response to N(TICKET_REQUEST) gives; `ike_sa` is the one that it came on.
void take_ticket(Session& session, const IkeSa& ike_sa, Instant now, const wire::Payloads& response);

// ---- Responder: what N(TICKET_REQUEST), if it is there, is answered with.
void answer_ticket_request(Session& session, const IkeSa& ike_sa, Instant now, const wire::Payloads& request,
                           wire::Payloads& response);

}  // namespace agilevpn::ike
