// Logins that somebody has ended: an operator, a RADIUS server, a time limit, or the user himself. Tickets that they
// were given before (RFC 5723) say nothing of it, so it is kept here until the last of them has expired.
#pragma once

#include "store/database.h"

namespace agilevpn::store {

class EndedLogins {
 public:
  explicit EndedLogins(Database& database) : database_(database) {}

  // Forgets those that are of no concern any more.
  Stored<> put(ByteView login, WallTime now, Duration remembered);
  Stored<bool> has(ByteView login) const;

 private:
  Database& database_;
};

}  // namespace agilevpn::store
