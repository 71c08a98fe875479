#include "store/user_import.h"

#include <fmt/format.h>

#include <algorithm>

namespace agilevpn::store {

namespace {

struct UserLine {
  std::size_t line;
  NewUser user;
};

// As user_csv.h says what it finds itself.
UserCsvError in_column(std::size_t line, std::string_view column, const Error& error) {
  return {line, {column.empty() ? error.what : fmt::format("{}: {}", column, error.what), error.help}};
}

// Before the transaction: scrypt would keep the others waiting.
std::vector<UserLine> with_stored_passwords(UserCsv& csv, PasswordKind kind, const PasswordHashing& hashing) {
  std::vector<UserLine> out;
  for (UserCsvRow& row : csv.rows) {
    NewUser user{{std::move(row.user)}, std::nullopt};
    if (!row.password.empty()) {
      auto password = StoredPassword::make(kind, row.password, hashing);
      if (!password) {
        csv.errors.push_back(in_column(row.line, "password", password.error()));
        continue;
      }
      user.stored_password = std::move(*password);
    }
    out.push_back({row.line, std::move(user)});
  }
  return out;
}

bool is_of_the_line(const StoreError& error) { return error.cause == Cause::Refused || error.cause == Cause::Taken; }

Stored<std::size_t> add_all(Users& users, const std::vector<UserLine>& lines, std::vector<UserCsvError>& errors,
                            WallTime now) {
  std::size_t count = 0;
  for (const UserLine& line : lines) {
    const auto added = users.add(line.user, now);
    if (added) {
      ++count;
    } else if (is_of_the_line(added.error())) {
      errors.push_back(in_column(line.line, added.error().field, added.error()));
    } else {
      return Failure{added.error()};
    }
  }
  return count;
}

}  // namespace

Stored<ImportOutcome> import_users(Database& database, std::string_view text, const ImportOptions& options,
                                   const PasswordHashing& hashing, WallTime now) {
  UserCsv csv = parse_user_csv(text);
  const auto lines = with_stored_passwords(csv, options.password, hashing);
  TRY_ASSIGN(Transaction transaction, Transaction::begin(database));
  Users users(database);
  TRY_ASSIGN(const std::size_t added, add_all(users, lines, csv.errors, now));
  ImportOutcome outcome{.added = added, .errors = std::move(csv.errors), .error_count = 0};
  std::ranges::stable_sort(outcome.errors, {}, &UserCsvError::line);
  outcome.error_count = outcome.errors.size();
  if (outcome.error_count > limits::import_errors_max) outcome.errors.resize(limits::import_errors_max);
  if (outcome.error_count > 0 && options.on_error == OnError::AddNobody) {
    outcome.added = 0;
    return outcome;  // The transaction is undone.
  }
  TRY(transaction.commit());
  return outcome;
}

}  // namespace agilevpn::store
