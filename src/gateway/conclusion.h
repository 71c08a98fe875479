// What the parts of a gateway come to: Admissions, Logins, Openings, SessionKeeper and Orders. Each is polled for its
// conclusions, and the gateway carries them out in their order.
#pragma once

#include <deque>
#include <variant>

#include "gateway/event.h"
#include "gateway/session.h"
#include "gateway/user.h"
#include "ike/ask.h"
#include "ike/revocation.h"

namespace agilevpn::gateway {

struct Reply {  // To what the engine asked.
  ike::AskId ask;
  ike::Answer answer;
};
struct LetIn {  // As far as we can say before its AUTH payload is verified.
  ike::IkeSaId ike_sa;
  Session session;
};
struct NotLetIn {
  PeerRefused fact;
  Bytes fingerprint;  // SHA-256 of its certificate; empty: it showed none.
};
struct Closing {  // The engine is to end it. Why, the session table knows already.
  ike::IkeSaId ike_sa;
};
struct Call {  // The engine is to ask it for a sign of life.
  ike::IkeSaId ike_sa;
};
struct EndTickets {  // Those that it was given do not count any more, and it gets no others.
  ike::IkeSaId ike_sa;
  Bytes login;
};
using Conclusion = std::variant<Reply, LetIn, NotLetIn, Closing, Call, EndTickets, UserAsk, ike::RevocationAsk, Event>;

// "No": said to the engine, the operator and the owner. `is_proved`: it is not for want of a proof who it is.
void refuse(std::deque<Conclusion>& conclusions, ike::AskId ask, NotLetIn whom,
            ike::wire::NotifyType notify = ike::wire::NotifyType::AuthenticationFailed, bool is_proved = false);

}  // namespace agilevpn::gateway
