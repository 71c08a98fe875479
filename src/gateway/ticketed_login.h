// What a ticket says of a login (RFC 5723), so that its session can be resumed without a new one: whom the gateway let
// in, and what for. Only logins in which a person may be asked for something get tickets: by EAP, without a
// certificate. Who has a certificate or a pre-shared key is asked for nothing, and by a full exchange it is checked
// anew that it counts.
#pragma once

#include "gateway/session.h"

namespace agilevpn::gateway {

// Whether a session of this login may be resumed. Then it has a Session::login_id.
bool may_resume(const Session& session);
// For the engine; nothing if it may not. At `now`, which the calendar calls `date`.
std::optional<ike::TicketTerms> ticket_terms(const Session& session, Instant now, WallTime date);
// The session that the ticket stands for, as far as can be said before the owner is asked about it; or why there is
// none.
Result<Session, std::string> resume_session(const std::shared_ptr<const Config>& config,
                                            const ike::AuthenticatePeer& peer, Instant now, WallTime date);

}  // namespace agilevpn::gateway
