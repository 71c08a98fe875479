// Many users at once, from CSV (user_csv.h).
#pragma once

#include "store/user_csv.h"

namespace agilevpn::store {

enum class OnError : std::uint8_t {
  AddNobody,  // One mistake, and the database is as it was.
  Skip,       // Those lines alone are left out.
};

struct ImportOutcome {
  std::size_t added = 0;
  std::vector<UserCsvError> errors;  // By line; at most limits::import_errors_max.
  std::size_t error_count = 0;
};

struct ImportOptions {
  OnError on_error = OnError::AddNobody;
  PasswordKind password = PasswordKind::NtHash;  // How passwords are kept. scrypt takes some 80 ms for each.
};

// An error is the database's: nobody was added. What is wrong with the file is in the outcome.
Stored<ImportOutcome> import_users(Database& database, std::string_view csv, const ImportOptions& options,
                                   const PasswordHashing& hashing, WallTime now);

}  // namespace agilevpn::store
