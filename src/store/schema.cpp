#include "store/schema.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "store/database.h"

namespace agilevpn::store {

namespace {

// Says in the file's header whose it is: "AVPN", "AVPA".
constexpr std::int64_t application_id(Schema schema) { return schema == Schema::Users ? 0x4156504e : 0x41565041; }

// Times are seconds since 1970, days are days since 1970, lists are words with a space between them.
constexpr std::array user_migrations = {
    R"(
CREATE TABLE groups (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT NOT NULL,
  key          TEXT NOT NULL UNIQUE,        -- the name in small letters
  routes       TEXT NOT NULL DEFAULT '',
  dns          TEXT NOT NULL DEFAULT '',
  domains      TEXT NOT NULL DEFAULT '',
  pools        TEXT NOT NULL DEFAULT '',
  methods      TEXT NOT NULL DEFAULT '',
  idle_timeout INTEGER,                     -- seconds
  devices_max  INTEGER,
  firewall     TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO groups (name, key) VALUES ('default', 'default');

CREATE TABLE users (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,  -- of a removed user: never another's
  name        TEXT NOT NULL,
  key         TEXT NOT NULL UNIQUE,
  group_id    INTEGER NOT NULL REFERENCES groups (id),
  password    TEXT,                         -- $nt$... or $scrypt$...; NULL: certificates only
  enabled     INTEGER NOT NULL DEFAULT 1,
  expires     INTEGER,                      -- the last day
  devices_max INTEGER,                      -- NULL: the group's
  note        TEXT NOT NULL DEFAULT '',
  created     INTEGER NOT NULL
) STRICT;
CREATE INDEX users_of_group ON users (group_id);

CREATE TABLE devices (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  key          TEXT NOT NULL,
  fingerprint  TEXT UNIQUE,                 -- SHA-256 of its certificate, hex
  password     TEXT,
  enabled      INTEGER NOT NULL DEFAULT 1,
  created      INTEGER NOT NULL,
  last_seen    INTEGER,
  last_address TEXT NOT NULL DEFAULT '',
  UNIQUE (user_id, key)
) STRICT;

CREATE TABLE log_ins (                      -- apart from users, whose rows stay as they are
  user_id         INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  success         INTEGER,
  success_address TEXT NOT NULL DEFAULT '',
  failure         INTEGER,
  failure_address TEXT NOT NULL DEFAULT '',
  failure_cause   TEXT NOT NULL DEFAULT '',
  failures        INTEGER NOT NULL DEFAULT 0  -- since the last success
) STRICT;

CREATE TABLE leases (
  pool     TEXT NOT NULL,
  address  TEXT NOT NULL,
  identity TEXT NOT NULL,                   -- authenticated, and perhaps not in users: RADIUS, certificates
  device   TEXT NOT NULL,
  leased   INTEGER NOT NULL,
  released INTEGER,                         -- NULL: in use
  PRIMARY KEY (pool, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_by_age ON leases (released);
)",
    R"(
CREATE TABLE ended_logins (                 -- whose tickets bring no session back (RFC 5723)
  login    TEXT PRIMARY KEY,                -- hex
  until    INTEGER NOT NULL                 -- all of them have expired by then
) STRICT, WITHOUT ROWID;
)",
    R"(
CREATE TABLE removed_users (                -- whose certificates let nobody in, until there is a user of that name again
  key      TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TRIGGER user_is_gone AFTER DELETE ON users BEGIN
  INSERT OR REPLACE INTO removed_users (key) VALUES (old.key);
END;
CREATE TRIGGER user_is_there AFTER INSERT ON users BEGIN
  DELETE FROM removed_users WHERE key = new.key;
END;
)",
    R"(
ALTER TABLE users ADD COLUMN password_changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN password_changes INTEGER NOT NULL DEFAULT 0;
)"};

constexpr std::array accounting_migrations = {
    R"(
CREATE TABLE records (                      -- that no server has taken yet
  id      INTEGER PRIMARY KEY,
  session TEXT NOT NULL,                    -- Acct-Session-Id; empty: of the gateway
  status  INTEGER NOT NULL,                 -- Acct-Status-Type
  made    INTEGER NOT NULL,
  packet  BLOB NOT NULL                     -- Accounting-Request
) STRICT;

CREATE TABLE stands (                       -- of sessions under way: what their Stop would say
  session TEXT PRIMARY KEY,
  made    INTEGER NOT NULL,
  packet  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)"};

std::span<const char* const> migrations_of(Schema schema) {
  if (schema == Schema::Users) return user_migrations;
  return accounting_migrations;
}

Stored<std::int64_t> pragma(Database& database, std::string_view name) {
  TRY_ASSIGN(Statement statement, database.prepare(fmt::format("PRAGMA {}", name)));
  TRY(statement.step());
  return statement.integer(0);
}

}  // namespace

Stored<> check_schema(Database& database, const std::filesystem::path& file, Schema schema) {
  const auto migrations = migrations_of(schema);
  TRY_ASSIGN(const auto owner, pragma(database, "application_id"));
  TRY_ASSIGN(const auto version, pragma(database, "user_version"));
  TRY_ASSIGN(const auto changes, pragma(database, "schema_version"));  // 0: a new file.
  if (owner != application_id(schema) && changes != 0) {
    return Failure{StoreError{Cause::NotADatabase, fmt::format("{} is another program's database", file.string()),
                              "move it away"}};
  }
  if (version > std::ssize(migrations)) {
    return Failure{StoreError{
        Cause::NewerSchema,
        fmt::format("{} has schema {}; this agilevpn knows only {}", file.string(), version, migrations.size()),
        "a newer agilevpn has written it: use that one, or restore the backup of before the upgrade"}};
  }
  return {};
}

Stored<> migrate(Database& database, Schema schema) {
  const auto migrations = migrations_of(schema);
  TRY_ASSIGN(const auto before, pragma(database, "user_version"));
  if (before == std::ssize(migrations)) return {};
  TRY_ASSIGN(Transaction transaction, Transaction::begin(database));
  TRY_ASSIGN(const auto version, pragma(database, "user_version"));  // Another program may have been first.
  for (auto next = static_cast<std::size_t>(version); next < migrations.size(); ++next)
    TRY(database.run_script(migrations[next]));
  TRY(database.run_script(
      fmt::format("PRAGMA user_version = {}; PRAGMA application_id = {}", migrations.size(), application_id(schema))
          .c_str()));
  return transaction.commit();
}

}  // namespace agilevpn::store
