#include "store/statement.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>

#include "base/check.h"

namespace agilevpn::store {

Stored<Statement> Statement::prepare(sqlite3* handle, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return Failure{sqlite_error(handle, code)};
  return Statement{statement};
}

void Statement::bind(int place, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), place, value) == SQLITE_OK);
}

void Statement::bind(int place, std::string_view value) {
  const char* text = value.empty() ? "" : value.data();  // A null pointer would be NULL.
  CHECK(sqlite3_bind_text64(statement_.get(), place, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK);
}

void Statement::bind(int place, const Secret& text) {
  bind(place, std::string_view{reinterpret_cast<const char*>(text.view().data()), text.size()});
}

void Statement::bind(int place, const Bytes& blob) {
  const void* octets = blob.empty() ? static_cast<const void*>("") : blob.data();  // A null pointer would be NULL.
  CHECK(sqlite3_bind_blob64(statement_.get(), place, octets, blob.size(), SQLITE_TRANSIENT) == SQLITE_OK);
}

void Statement::bind(int place, WallTime value) {
  bind(place, std::int64_t{std::chrono::floor<std::chrono::seconds>(value).time_since_epoch().count()});
}

Stored<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Failure{sqlite_error(sqlite3_db_handle(statement_.get()), code)};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string Statement::text(int column) const { return to_text(secret(column).view()); }

Secret Statement::secret(int column) const {
  const void* text = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return Secret::copy_of({static_cast<const std::byte*>(text), size});
}

Bytes Statement::blob(int column) const { return to_bytes(secret(column).view()); }

std::optional<WallTime> Statement::optional_time(int column) const {
  return is_null(column) ? std::nullopt : std::optional{time(column)};
}

std::optional<std::chrono::sys_days> Statement::optional_day(int column) const {
  if (is_null(column)) return std::nullopt;
  return std::chrono::sys_days{std::chrono::days{integer(column)}};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

namespace {

// Why the system refused; only where SQLite says that it was the system: else it is an earlier failure's reason.
std::optional<Cause> cause_in_system(int primary_code, int reason) {
  if (primary_code != SQLITE_IOERR && primary_code != SQLITE_CANTOPEN) return std::nullopt;
  if (reason == ENOSPC || reason == EDQUOT) return Cause::Full;
  if (reason == EACCES || reason == EPERM || reason == EROFS) return Cause::NoPermission;
  return std::nullopt;
}

Cause cause_of(int code, int system_reason) {
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) return Cause::Taken;
  const int primary_code = code & 0xff;
  if (const auto cause = cause_in_system(primary_code, system_reason)) return *cause;
  switch (primary_code) {
    case SQLITE_FULL: return Cause::Full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Cause::Locked;
    case SQLITE_NOTADB: return Cause::NotADatabase;
    case SQLITE_CORRUPT: return Cause::Damaged;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return Cause::NoPermission;
    default: return Cause::Failed;
  }
}

}  // namespace

StoreError sqlite_error(sqlite3* handle, int code) {
  const char* name = sqlite3_db_filename(handle, "main");
  const std::string file = name && *name ? name : "the database";
  const Cause cause = cause_of(code, sqlite3_system_errno(handle));
  switch (cause) {
    case Cause::Full:
      return {cause, fmt::format("no space left on the disk of {}; nothing was changed", file),
              "make room and try again"};
    case Cause::Locked:
      return {cause, fmt::format("{} is locked: another program is writing to it", file),
              "try again; if it stays so, see: fuser -v " + file};
    case Cause::NotADatabase:
      return {cause, fmt::format("{} is no database", file), "move it away, or restore it from a backup"};
    case Cause::Damaged:
      return {cause, fmt::format("{} is damaged: {}", file, sqlite3_errmsg(handle)), "restore it from a backup"};
    case Cause::NoPermission:
      return {cause, fmt::format("cannot write {}: {}", file, sqlite3_errmsg(handle)), "run it as root"};
    case Cause::Refused:
    case Cause::Taken:
    case Cause::Missing:
    case Cause::NewerSchema:
    case Cause::Failed: break;
  }
  return {cause, fmt::format("{}: {}", file, sqlite3_errmsg(handle)), ""};
}

}  // namespace agilevpn::store
