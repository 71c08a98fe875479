// Users as CSV: a heading with the names of the columns in any order, then a line for each user.
//
//   name,password,group,expires,devices,enabled,note
//   anna,Tulip-Harbor-41,staff,2027-01-31,3,yes,"Anna Berg, room 4"
//
// Only `name` must be there. An empty password makes a user who logs in by certificate alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/users.h"

namespace agilevpn::store {

struct UserCsvRow {
  std::size_t line = 0;
  User user;
  Secret password;  // UTF-8; may be empty.
};

struct UserCsvError {
  std::size_t line = 0;
  Error error;
};

struct UserCsv {
  std::vector<UserCsvRow> rows;
  std::vector<UserCsvError> errors;  // By line. One in the heading leaves no rows.
};

UserCsv parse_user_csv(std::string_view text);
// Without passwords.
std::string user_csv(const std::vector<User>& users);

}  // namespace agilevpn::store
