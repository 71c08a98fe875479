// An SQLite database of ours: opened, brought to the present schema, and asked in SQL.
//
// The daemon and the command line have the same file open at the same time (write-ahead log): readers wait for nobody,
// a writer waits for another one at most the busy timeout. A commit survives the death of the program, and with
// Sync::EveryCommit that of the machine. One thread uses one Database.
//
//   TRY(database.run("UPDATE users SET enabled = ? WHERE id = ?", is_enabled, id));
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "store/limits.h"
#include "store/schema.h"
#include "store/statement.h"

namespace agilevpn::store {

enum class Missing : std::uint8_t { Create, Refuse };
enum class Sync : std::uint8_t {
  EveryCommit,  // Waits for the disk.
  Lazily,       // A power cut may undo the last moments; the file stays whole. For leases, which cost nobody a thing.
};

struct OpenOptions {
  Missing if_missing = Missing::Create;  // A file for its owner only, in a directory for its owner only.
  Sync sync = Sync::EveryCommit;
  std::chrono::milliseconds busy_timeout = limits::busy_timeout;
  Schema schema = Schema::Users;
};

// In the gateway's state directory. Accounting has a file of its own: whoever writes there holds up no login.
inline constexpr std::string_view database_name = "users.db";
inline constexpr std::string_view accounting_database_name = "accounting.db";

class Database {
 public:
  static Stored<Database> open(const std::filesystem::path& file, const OpenOptions& options = {});

  // A statement with these values for its question marks: integers, bool, text, Secret, optional of these.
  template <class... Values>
  Stored<Statement> prepare(std::string_view sql, const Values&... values) {
    TRY_ASSIGN(Statement statement, Statement::prepare(handle_.get(), sql));
    int place = 0;
    (statement.bind(++place, values), ...);
    return statement;
  }
  // For a statement without rows.
  template <class... Values>
  Stored<> run(std::string_view sql, const Values&... values) {
    TRY_ASSIGN(Statement statement, prepare(sql, values...));
    TRY(statement.step());
    return {};
  }
  // Any number of statements without values.
  Stored<> run_script(const char* sql);

  std::int64_t last_id() const;       // Of the last row inserted.
  std::int64_t changed_rows() const;  // By the last statement.
  // Another number whenever another program or Database has changed something: cheap enough to ask several times a
  // second.
  Stored<std::int64_t> version_of_others();

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

// All or nothing: what is not committed when it ends is undone. Excludes other writers from its beginning on.
class Transaction {
 public:
  static Stored<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Stored<> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;  // Null once it is committed.
};

}  // namespace agilevpn::store
