// What an initiator keeps of a session so that it can resume it without proving itself anew (RFC 5723 §4.2, §5): the
// ticket, which only the responder can read, and what both must know then. It holds a key: for memory, not for files.
#pragma once

#include <string>

#include "base/secret.h"
#include "base/time.h"
#include "ike/peer_kind.h"
#include "ike/proposals.h"
#include "ike/sa_change.h"

namespace agilevpn::ike {

struct Ticket {
  IkeSaId ike_sa;  // Whose it is.
  Bytes opaque;
  Instant expires;
  IkeSuite suite;
  Secret sk_d;
  wire::Identity id_i;  // As the ID payloads had them.
  wire::Identity id_r;
  wire::Identity peer;  // Whom the responder proved to be.
  std::string method;   // By what.
  PeerGuess product;    // The responder's.

  Ticket copy() const { return {ike_sa, opaque, expires, suite, sk_d.copy(), id_i, id_r, peer, method, product}; }
};

}  // namespace agilevpn::ike
