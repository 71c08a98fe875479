// INFORMATIONAL exchanges (RFC 7296 §1.4): Delete, liveness checks and notifies. MOBIKE's own are in mobike.h.
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

std::unique_ptr<Exchange> delete_ike_sa();
std::unique_ptr<Exchange> delete_child_sa(ChildSaId child);
// An empty request, with NAT detection where MOBIKE may learn from it (RFC 4555 §3.8); on another path than the session's
// it is a path test (§3.10).
std::unique_ptr<Exchange> liveness_check(std::optional<Path> path = std::nullopt);

// Responder: the response's payloads.
wire::Payloads answer_informational(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                                    const wire::Payloads& request);

}  // namespace agilevpn::ike
