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

#include "ike/init.h"

namespace agilevpn::ike {

// Initiator: the request is to resume its ticket.
void send_resume(Session& session, IkeSa& ike_sa, Instant now);
void handle_resume_response(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                            const wire::Message& message, ByteView datagram);
// The response to its IKE_AUTH is here.
void finish_resumption(Session& session, Instant now, const wire::Payloads& response);

// Responder, before there is a session: what a request says that can be answered.
struct ResumeRequest {
  Bytes n_i;
  Bytes ticket;
  TicketContent content;  // The ticket's.
};
// The error is the answer that keeps no state (COOKIE, TICKET_NACK).
Result<ResumeRequest, wire::Message> read_resume(Context& context, const FirstRequest& request);
void answer_resume(Session& session, const FirstRequest& request, ResumeRequest resume);
// What its IKE_AUTH request has against §4.3.3; nothing if it resumes none.
std::optional<std::string> why_not_resumed(const Session& session, const wire::Payloads& request);

// Both: the keys of the resumed IKE SA (§5.1).
void derive_resumed_keys(Session& session, IkeSa& ike_sa, ByteView old_sk_d);

}  // namespace agilevpn::ike
