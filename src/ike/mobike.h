// MOBIKE (RFC 4555): the session's addresses change, its SAs stay.
//
//   HDR, SK {N(UPDATE_SA_ADDRESSES), N(NAT_DETECTION_*), [N(NO_NATS_ALLOWED),] [N(COOKIE2)]}  -->
//                                        <--  HDR, SK {N(NAT_DETECTION_*), [N(COOKIE2)]}
//
// The session's initiator decides on the path; the responder follows, and may test the new address (§3.7).
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

std::unique_ptr<Exchange> update_addresses();
// Tells the peer our other addresses (§3.6).
std::unique_ptr<Exchange> announce_addresses();

// Responder of INFORMATIONAL: what the request's MOBIKE notifies ask for in the response; updates are carried out.
wire::Payloads answer_mobike(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                             const wire::Payloads& request);

// NO_NATS_ALLOWED for a request on this path, if we prohibit NATs (§3.9).
void add_nat_prohibition(const Session& session, wire::Payloads& payloads, const Path& path);
// Whether the request's addresses were translated on the way although one of us forbids it.
bool is_forbidden_nat(const Session& session, const IkeSa& ike_sa, const wire::Payloads& request, const Path& from);
inline constexpr const char* forbidden_nat = "its addresses were translated on the way, which is forbidden";

// ADDITIONAL_IP4_ADDRESS, ADDITIONAL_IP6_ADDRESS or NO_ADDITIONAL_ADDRESSES (§3.4). A peer that reaches us at a public
// address or through a NAT of ours is told of no private one: it could not use it.
void add_additional_addresses(const Session& session, wire::Payloads& payloads, const std::vector<IpAddress>& addresses,
                              const IpAddress& in_use);
void read_additional_addresses(Session& session, const wire::Payloads& payloads);

}  // namespace agilevpn::ike
