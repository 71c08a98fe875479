#include "store/log_ins.h"

namespace agilevpn::store {

Stored<> LogIns::succeeded(UserId user, std::string_view address, WallTime now) {
  return database_.run(
      "INSERT INTO log_ins (user_id, success, success_address) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (user_id) DO UPDATE SET success = ?2, success_address = ?3, failures = 0",
      user, now, address);
}

Stored<> LogIns::failed(UserId user, std::string_view address, std::string_view cause, WallTime now) {
  return database_.run(
      "INSERT INTO log_ins (user_id, failure, failure_address, failure_cause, failures) VALUES (?1, ?2, ?3, ?4, 1) "
      "ON CONFLICT (user_id) DO UPDATE SET failure = ?2, failure_address = ?3, failure_cause = ?4, failures = failures "
      "+ 1",
      user, now, address, cause.substr(0, limits::cause_size_max));
}

Stored<LogInRecord> LogIns::find(UserId user) const {
  TRY_ASSIGN(Statement row,
             database_.prepare("SELECT success, success_address, failure, failure_address, failure_cause, failures "
                               "FROM log_ins WHERE user_id = ?",
                               user));
  TRY_ASSIGN(const bool is_there, row.step());
  if (!is_there) return LogInRecord{};
  return LogInRecord{.success = row.optional_time(0),
                     .success_address = row.text(1),
                     .failure = row.optional_time(2),
                     .failure_address = row.text(3),
                     .failure_cause = row.text(4),
                     .failures = static_cast<std::uint64_t>(row.integer(5))};
}

}  // namespace agilevpn::store
