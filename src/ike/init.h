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

// Responder: a request that begins a session. It is read once, before there is a session for it.
struct FirstRequest {
  Instant now;
  const Path& from;
  const wire::Message& message;
  ByteView datagram;
  CookieJar* cookies = nullptr;  // It must show one of these; nullptr: none is asked for.
};
// What an IKE_SA_INIT request says that can be answered.
struct InitRequest {
  Bytes n_i;
  Bytes public_value;     // Of the suite's key exchange, in its size.
  wire::Proposal chosen;  // For the response.
  IkeSuite suite;         // The same.
};
// The error is the answer that keeps no state (COOKIE, INVALID_KE_PAYLOAD, NO_PROPOSAL_CHOSEN); people are told of it.
Result<InitRequest, wire::Message> read_init(Context& context, const FirstRequest& request);
void answer_init(Session& session, const FirstRequest& request, InitRequest init);
// The same IKE_SA_INIT request came again.
void repeat_init_response(Session& session, const Path& to);

// The first IKE_AUTH message is here: derives the keys if they are still to be derived. False if it cannot.
bool prepare_keys(Session& session, IkeSa& ike_sa);
// The IKE SA's first keys, or those that an additional key exchange renews.
void take_keys(Session& session, IkeSa& ike_sa, const Secret& skeyseed);
// ---- For IKE_SESSION_RESUME too (resume.h).
// The responder may have answered on port 500; ESP in UDP and a NAT's mapping are on 4500 (§2.23).
void move_to_nat_traversal_port(Session& session);
// Another first request, since the peer asks for it. False: too often, and the session is over.
bool may_retry(Session& session);
// A cookie that can be one; else nothing, and that is said.
std::optional<Bytes> cookie_of(Session& session, const Path& from, const wire::NotifyPayload& notify);
void send_init(Session& session, IkeSa& ike_sa, Instant now);
// What must come before any state is kept: a cookie, if one is asked for and this request shows none.
std::optional<wire::Message> ask_for_cookie(Context& context, const FirstRequest& request, const Bytes& n_i);
// What every first request means to its new session.
void take_first_request(Session& session, const FirstRequest& request, Bytes n_i);
// An unauthenticated answer that leaves no state here.
wire::Message stateless_answer(const wire::Message& request, wire::Payload notify);
// The response to a first request goes out, and IKE_AUTH is to follow.
void send_initial_response(Session& session, IkeSa& ike_sa, Instant now, wire::ExchangeType type,
                           const wire::Payloads& payloads);
void remember_init_request(Session& session, ByteView datagram);

}  // namespace agilevpn::ike
