// IKE_SESSION_RESUME (RFC 5723 §4.3), both roles: in place of IKE_SA_INIT, by a ticket that the responder gave before
// (ticket_exchange.h). Its keys come from the SK_d of that IKE SA, and so does AUTH; nobody proves who he is anew.
//
//   HDR, [N(COOKIE),] Ni, N(TICKET_OPAQUE), N(NAT_DETECTION_*), N(IKEV2_FRAGMENTATION_SUPPORTED)  -->
//                                     <--  HDR, Nr, the same notifies
//   HDR, SK {IDi, IDr, AUTH, [CP,] SAi2, TSi, TSr, N(...)}  -->
//                                     <--  HDR, SK {IDr, AUTH, [CP,] SAr2, TSi, TSr, N(...)}
//
// Where the first is answered by N(TICKET_NACK), or IKE_AUTH by an error, the same session goes on with IKE_SA_INIT.
#pragma once

#include "ike/cookie_jar.h"
#include "ike/session.h"

namespace agilevpn::ike {

// Initiator: the request is to resume its ticket.
void send_resume(Session& session, IkeSa& ike_sa, Instant now);
void handle_resume_response(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                            const wire::Message& message, ByteView datagram);
// The response to its IKE_AUTH is here.
void finish_resumption(Session& session, Instant now, const wire::Payloads& response);

// Responder, before there is a session: what the ticket says, or the answer that keeps no state (COOKIE, TICKET_NACK).
Result<TicketContent, wire::Message> open_ticket(Context& context, Instant now, CookieJar& cookies,
                                                 bool asks_for_cookie, const Path& from, const wire::Message& request);
// Answers a request whose ticket was opened.
void answer_resume(Session& session, Instant now, const wire::Message& request, ByteView datagram,
                   TicketContent ticket);
// What its IKE_AUTH request has against §4.3.3; nothing if it resumes none.
std::optional<std::string> why_not_resumed(const Session& session, const wire::Payloads& request);

// Both: the keys of the resumed IKE SA (§5.1).
void derive_resumed_keys(Session& session, IkeSa& ike_sa, ByteView old_sk_d);

}  // namespace agilevpn::ike
