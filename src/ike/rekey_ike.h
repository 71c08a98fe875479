// Rekeying the IKE SA (RFC 7296 §1.3.2, §2.8, §2.18). Child SAs, path and lease are the session's and stay.
//
//   HDR, SK {SA, Ni, KEi}  -->
//                     <--  HDR, SK {SA, Nr, KEr}
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

std::unique_ptr<Exchange> rekey_ike_sa();
wire::Payloads answer_rekey_ike(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& request);

}  // namespace agilevpn::ike
