// IKE_SA_INIT (RFC 7296 §1.2), both roles:
//
//   HDR, SAi1, KEi, Ni, N(NAT_DETECTION_*), N(IKEV2_FRAGMENTATION_SUPPORTED), N(SIGNATURE_HASH_ALGORITHMS)  -->
//                                     <--  HDR, SAr1, KEr, Nr, the same notifies, [CERTREQ]
//
// with the detours N(COOKIE) (§2.6) and N(INVALID_KE_PAYLOAD) (§1.3).
#pragma once

#include "ike/cookie_jar.h"
#include "ike/session.h"

namespace agilevpn::ike {

// Initiator: sends the first request.
void start_init(Session& session, Instant now, ConnectRequest request);
void handle_init_response(Session& session, IkeSa& ike_sa, Instant now, const Path& from, const wire::Message& message,
                          ByteView datagram);

// Responder, before there is a session: the answer that keeps no state (COOKIE, INVALID_KE_PAYLOAD, NO_PROPOSAL_CHOSEN),
// or nothing: a session may be made.
std::optional<wire::Message> refuse_init(Context& context, Instant now, CookieJar& cookies, bool asks_for_cookie,
                                         const Path& from, const wire::Message& request);
// Answers a request that refuse_init() let pass.
void answer_init(Session& session, Instant now, const wire::Message& request, ByteView datagram);
// The same IKE_SA_INIT request came again.
void repeat_init_response(Session& session, const Path& to);

// The first IKE_AUTH message is here: derives the keys if they are still to be derived. False if it cannot.
bool prepare_keys(Session& session, IkeSa& ike_sa);
// The IKE SA's first keys, or those that an additional key exchange renews.
void take_keys(Session& session, IkeSa& ike_sa, const Secret& skeyseed);
void remember_init_request(Session& session, ByteView datagram);

}  // namespace agilevpn::ike
