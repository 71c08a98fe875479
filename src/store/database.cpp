#include "store/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "store/schema.h"

namespace agilevpn::store {

namespace {

namespace fs = std::filesystem;

StoreError system_error(std::string_view verb, const fs::path& path, int reason) {
  const bool is_forbidden = reason == EACCES || reason == EPERM || reason == EROFS;
  const bool is_full = reason == ENOSPC || reason == EDQUOT;
  return {is_forbidden ? Cause::NoPermission
          : is_full    ? Cause::Full
                       : Cause::Failed,
          fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(reason)),
          is_forbidden ? "run it as root" : ""};
}

Stored<> make_directory(const fs::path& directory) {
  if (directory.empty() || fs::exists(directory)) return {};
  std::error_code reason;
  fs::create_directories(directory.parent_path().empty() ? "." : directory.parent_path(), reason);
  if (reason) return Failure{system_error("make", directory, reason.value())};
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return Failure{system_error("make", directory, errno)};
  return {};
}

Stored<> make_file(const fs::path& file) {
  TRY(make_directory(file.parent_path()));
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) ::close(fd);
  if (fd < 0 && errno != EEXIST) return Failure{system_error("make", file, errno)};
  return {};
}

// The file as it must be before SQLite sees it. A file that is there is not opened here: closing it would drop the
// locks that SQLite holds on it for another Database of this program (fcntl(2)).
Stored<> prepare_file(const fs::path& file, Missing if_missing) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return Failure{system_error("open", file, errno)};
    if (if_missing == Missing::Create) return make_file(file);
    return Failure{StoreError{Cause::Missing, fmt::format("there is no {}", file.string()),
                              "add a first user: agilevpn user add NAME"}};
  }
  if (!S_ISREG(found.st_mode))
    return Failure{StoreError{Cause::NotADatabase, fmt::format("{} is no file", file.string())}};
  // SQLite gives its two companions, users.db-wal and -shm, the same mode.
  if ((found.st_mode & 0077) != 0 && ::chmod(file.c_str(), 0600) != 0)
    return Failure{system_error("protect", file, errno)};
  return {};
}

Stored<> set_up(Database& database, const OpenOptions& options) {
  TRY_ASSIGN(Statement mode, database.prepare("PRAGMA journal_mode = WAL"));
  TRY(mode.step());
  TRY(database.run_script(options.sync == Sync::EveryCommit ? "PRAGMA synchronous = FULL"
                                                            : "PRAGMA synchronous = NORMAL"));
  // What is removed is overwritten: an old password hash does not stay in the file.
  return database.run_script("PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
}

}  // namespace

Stored<Database> Database::open(const fs::path& file, const OpenOptions& options) {
  TRY(prepare_file(file, options.if_missing));
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return Failure{sqlite_error(handle, code)};
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  TRY(check_schema(database, file, options.schema));
  TRY(set_up(database, options));
  TRY(migrate(database, options.schema));
  return database;
}

Stored<> Database::run_script(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Failure{sqlite_error(handle_.get(), code)};
  return {};
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

std::int64_t Database::changed_rows() const { return sqlite3_changes64(handle_.get()); }

Stored<std::int64_t> Database::version_of_others() {
  TRY_ASSIGN(Statement version, prepare("PRAGMA data_version"));
  TRY(version.step());
  return version.integer(0);
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Stored<Transaction> Transaction::begin(Database& database) {
  TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction{database};
}

Transaction::~Transaction() {
  // SQLite itself has rolled back after some errors, a full disk among them; then this fails, and nothing is lost by
  // it.
  if (database_) static_cast<void>(database_->run("ROLLBACK"));
}

Stored<> Transaction::commit() {
  TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace agilevpn::store
