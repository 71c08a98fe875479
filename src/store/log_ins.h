// How a user's last log-ins went: one row for each user. A name that nobody has leaves no trace here, so that strangers
// cannot fill the disk.
#pragma once

#include <optional>
#include <string>

#include "store/users.h"

namespace agilevpn::store {

struct LogInRecord {
  std::optional<WallTime> success;
  std::string success_address;
  std::optional<WallTime> failure;
  std::string failure_address;
  std::string failure_cause;   // "the password is wrong"
  std::uint64_t failures = 0;  // Since the last success.
};

class LogIns {
 public:
  explicit LogIns(Database& database) : database_(database) {}

  Stored<> succeeded(UserId user, std::string_view address, WallTime now);
  Stored<> failed(UserId user, std::string_view address, std::string_view cause, WallTime now);
  Stored<LogInRecord> find(UserId user) const;

 private:
  Database& database_;
};

}  // namespace agilevpn::store
