#include "store/ended_logins.h"

#include "base/bytes.h"

namespace agilevpn::store {

Stored<> EndedLogins::put(ByteView login, WallTime now, Duration remembered) {
  TRY(database_.run("DELETE FROM ended_logins WHERE until < ?", now));
  const WallTime until = now + std::chrono::ceil<WallTime::duration>(remembered);
  return database_.run("INSERT OR REPLACE INTO ended_logins (login, until) VALUES (?, ?)", to_hex(login), until);
}

Stored<bool> EndedLogins::has(ByteView login) const {
  TRY_ASSIGN(Statement rows, database_.prepare("SELECT 1 FROM ended_logins WHERE login = ?", to_hex(login)));
  return rows.step();
}

}  // namespace agilevpn::store
