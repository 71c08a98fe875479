// IKE_INTERMEDIATE (RFC 9242) for additional key exchanges (RFC 9370 §2.2.2), both roles, between IKE_SA_INIT and
// IKE_AUTH:
//
//   HDR, SK {KEi(1)}  -->
//                <--  HDR, SK {KEr(1)}     ... one for each additional key exchange that was chosen
//
// Each gives the IKE SA new keys. Nobody is authenticated yet: AUTH covers these messages too, as they were before
// encryption and fragmentation (RFC 9242 §3.3.2).
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

// Initiator: IKE_SA_INIT is over. IKE_AUTH follows when the last one is.
void start_intermediate(Session& session, Instant now);
// Responder: the request is here, opened.
void handle_intermediate_request(Session& session, IkeSa& ike_sa, const Path& from, const wire::Payloads& request);
// IKE_AUTH may come.
bool are_key_exchanges_over(const Handshake& handshake);

// Messages of IKE_INTERMEDIATE, each once, for AUTH; others are passed over. A received one by its octets up to the end
// of the Encrypted payload's generic header, and its inner payloads.
void note_sent(Session& session, const wire::Header& header, const wire::Payloads& payloads);
void note_received(Session& session, const wire::Header& header, const Opened& opened);
// IntAuth, which AUTH signs after all else (§3.3.2); empty if there were none.
Bytes int_auth(const Handshake& handshake);

}  // namespace agilevpn::ike
