// IKE_AUTH (RFC 7296 §1.2), both roles:
//
//   HDR, SK {IDi, [CERT,] [CERTREQ,] [IDr,] AUTH, [CP,] SAi2, TSi, TSr, N(MOBIKE_SUPPORTED) ...}  -->
//                                <--  HDR, SK {IDr, [CERT,] AUTH, [CP,] SAr2, TSi, TSr, N(...)}
//
// What needs trust, keys or addresses is asked for in between (ask.h): the initiator waits for a Signature, then for the
// verdict on its peer; the responder for the verdict, a Lease and a Signature. An initiator that wants EAP leaves out AUTH,
// and more rounds follow (auth_eap.cpp).
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

// Initiator: IKE_SA_INIT is over.
void start_auth(Session& session, Instant now);
// Responder: the request is here, opened.
void handle_auth_request(Session& session, IkeSa& ike_sa, Instant now, const Path& from, const wire::Payloads& request);
void handle_auth_answer(Session& session, Instant now, Answer answer);

// ---- Shared by the two roles (auth.cpp)

// AUTH of our side over our own octets: at once for a PSK; for a certificate asks for a Signature and returns nothing. Not
// for EapAuth, which has none before the method has ended.
std::optional<wire::AuthPayload> prove(Session& session, const LocalAuth& auth);
// The AUTH payload that a Signature makes.
wire::AuthPayload auth_payload(const Session& session, const CertificateAuth& auth, Bytes signature);
// Verifies the peer's AUTH payload; the error says what did not fit.
struct AuthFailure {
  AuthFault fault{};
  std::string reason;
};
Result<std::string, AuthFailure> verify_peer(const Session& session, const wire::AuthPayload& auth,
                                             const PeerAccepted& accepted);
// The same by AUTH alone, after IKE_SESSION_RESUME.
Result<std::string, AuthFailure> verify_resumed(const Session& session, const wire::AuthPayload& auth);
// The question about a peer whose IKE_AUTH payloads these are.
AuthenticatePeer peer_question(const Session& session, const wire::Payloads& payloads, const wire::Identity& peer);
wire::Payloads certificate_payloads(const LocalAuth& auth);
wire::Payload certificate_request(const std::vector<Bytes>& authorities);
// N(MOBIKE_SUPPORTED) and our other addresses (RFC 4555 §3.3, §3.4), for IKE_AUTH.
void add_mobike(const Session& session, wire::Payloads& payloads, const std::vector<IpAddress>& additional);
void read_mobike(Session& session, const wire::Payloads& payloads);
// IKE_AUTH is over and good.
void establish(Session& session, Instant now, const std::string& method);

}  // namespace agilevpn::ike
