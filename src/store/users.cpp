#include "store/users.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/name.h"

namespace agilevpn::store {

namespace {

Stored<> check_user(const User& user) {
  if (auto named = check_name("user", user.name); !named) return about("name", std::move(named.error()));
  if (user.note.size() > limits::note_size_max)
    return about("note", {Cause::Refused, fmt::format("a note has at most {} octets", limits::note_size_max)});
  if (!is_printable(user.note)) return about("note", {Cause::Refused, "a note is one line of text"});
  if (user.devices_max && (*user.devices_max == 0 || *user.devices_max > limits::devices_max)) {
    return about("devices", {Cause::Refused, fmt::format("a user has 1 to {} devices at a time", limits::devices_max)});
  }
  return {};
}

Failure<StoreError> unknown_user(std::string_view name) {
  return refuse(fmt::format("there is no user '{}'", is_printable(name) ? name : "?"), "see: agilevpn user list");
}

PasswordKind kind_of(const Statement& row, int column) {
  if (row.is_null(column)) return PasswordKind::None;
  return row.text(column).starts_with("$nt$") ? PasswordKind::NtHash : PasswordKind::Scrypt;
}

std::optional<Secret> text_of(const std::optional<StoredPassword>& password) {
  return password ? std::optional{password->to_text()} : std::nullopt;
}

constexpr std::string_view user_columns =
    "users.id, users.name, groups.name, enabled, expires, users.devices_max, note, password, created "
    "FROM users JOIN groups ON groups.id = group_id";

User to_user(const Statement& row) {
  return {.id = row.integer(0),
          .name = row.text(1),
          .group = row.text(2),
          .is_enabled = row.integer(3) != 0,
          .expires = row.optional_day(4),
          .devices_max = row.optional_integer<unsigned>(5),
          .note = row.text(6),
          .password = kind_of(row, 7),
          .created = row.time(8)};
}

// The user, with the device of the join's condition if there is one.
constexpr std::string_view login_columns =
    "users.id, users.name, groups.name, coalesce(devices.name, ''), coalesce(devices.password, users.password), "
    "users.enabled, coalesce(devices.enabled, 1), expires, coalesce(users.devices_max, groups.devices_max), "
    "devices.id IS NOT NULL, users.password_changes + coalesce(devices.password_changes, 0) "
    "FROM users JOIN groups ON groups.id = group_id LEFT JOIN devices ON devices.user_id = users.id";

Stored<LoginUser> to_login_user(const Statement& row, WallTime now) {
  LoginUser user{.id = row.integer(0), .name = row.text(1), .group = row.text(2), .device = row.text(3)};
  if (!row.is_null(4)) {
    TRY_ASSIGN(user.password, StoredPassword::parse(row.secret(4)));
  }
  user.is_enabled = row.integer(5) != 0;
  user.is_device_enabled = row.integer(6) != 0;
  const auto last_day = row.optional_day(7);
  user.is_expired = last_day && std::chrono::floor<std::chrono::days>(now) > *last_day;
  user.devices_max = row.optional_integer<unsigned>(8);
  user.password_changes = row.integer(10);
  return user;
}

// The one row of a statement, if it has one; nobody if a device was named that the user has not.
Stored<std::optional<LoginUser>> the_login_user(Statement& statement, std::string_view device_key, WallTime now) {
  TRY_ASSIGN(const bool is_there, statement.step());
  const bool has_device = is_there && statement.integer(9) != 0;
  if (!is_there || (!device_key.empty() && !has_device)) return std::nullopt;
  TRY_ASSIGN(LoginUser user, to_login_user(statement, now));
  return user;
}

}  // namespace

// ---- for the administrator

Stored<UserId> Users::add(const NewUser& user, WallTime now) {
  TRY(check_user(user));
  TRY_ASSIGN(const std::int64_t group, group_id(user.group));
  auto added = database_.run(
      "INSERT INTO users (name, key, group_id, password, enabled, expires, devices_max, note, created) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      user.name, name_key(user.name), group, text_of(user.stored_password), user.is_enabled, user.expires,
      user.devices_max, user.note, now);
  if (!added && added.error().cause == Cause::Taken) {
    return about("name", {Cause::Taken, fmt::format("there is a user {} already", user.name),
                          fmt::format("see: agilevpn user show {}", user.name)});
  }
  TRY(added);
  return database_.last_id();
}

Stored<> Users::set(const User& user) {
  TRY(check_user(user));
  TRY_ASSIGN(const std::int64_t group, group_id(user.group));
  TRY(database_.run("UPDATE users SET group_id = ?, enabled = ?, expires = ?, devices_max = ?, note = ? WHERE id = ?",
                    group, user.is_enabled, user.expires, user.devices_max, user.note, user.id));
  if (database_.changed_rows() == 0) return unknown_user(user.name);
  return {};
}

Stored<> Users::set_password(UserId id, const std::optional<StoredPassword>& password) {
  return database_.run("UPDATE users SET password = ?, password_changes = password_changes + 1 WHERE id = ?",
                       text_of(password), id);
}

Stored<> Users::set_enabled(UserId id, bool is_enabled) {
  return database_.run("UPDATE users SET enabled = ? WHERE id = ?", is_enabled, id);
}

Stored<> Users::remove(UserId id) { return database_.run("DELETE FROM users WHERE id = ?", id); }

Stored<User> Users::find(std::string_view name) const {
  TRY_ASSIGN(Statement row,
             database_.prepare(fmt::format("SELECT {} WHERE users.key = ?", user_columns), name_key(name)));
  TRY_ASSIGN(const bool is_there, row.step());
  if (!is_there) return unknown_user(name);
  return to_user(row);
}

Stored<std::vector<User>> Users::list() const {
  TRY_ASSIGN(Statement rows, database_.prepare(fmt::format("SELECT {} ORDER BY users.key", user_columns)));
  std::vector<User> out;
  for (;;) {
    TRY_ASSIGN(const bool is_there, rows.step());
    if (!is_there) return out;
    out.push_back(to_user(rows));
  }
}

Stored<std::int64_t> Users::group_id(std::string_view name) const {
  TRY_ASSIGN(Statement row, database_.prepare("SELECT id FROM groups WHERE key = ?", name_key(name)));
  TRY_ASSIGN(const bool is_there, row.step());
  if (is_there) return row.integer(0);
  return about("group", {Cause::Refused, fmt::format("there is no group '{}'", is_printable(name) ? name : "?"),
                         fmt::format("make it with: agilevpn group add {}", is_printable(name) ? name : "NAME")});
}

// ---- for the gateway

Stored<std::optional<LoginUser>> Users::find_for_login(std::string_view login, WallTime now) const {
  if (login.size() > 2 * limits::name_size_max) return std::nullopt;
  const LoginName name = parse_login(login);
  for (const std::string& key : name.user_keys) {
    TRY_ASSIGN(auto statement,
               database_.prepare(fmt::format("SELECT {} AND devices.key = ? WHERE users.key = ?", login_columns),
                                 name.device_key, key));
    TRY_ASSIGN(auto user, the_login_user(statement, name.device_key, now));
    if (user) return user;
  }
  return std::nullopt;
}

Stored<bool> Users::was_removed(std::string_view login) const {
  if (login.size() > 2 * limits::name_size_max) return false;
  for (const std::string& key : parse_login(login).user_keys) {
    TRY_ASSIGN(Statement row, database_.prepare("SELECT 1 FROM removed_users WHERE key = ?", key));
    TRY_ASSIGN(const bool was_there, row.step());
    if (was_there) return true;
  }
  return false;
}

Stored<std::optional<LoginUser>> Users::find_for_certificate(ByteView fingerprint, WallTime now) const {
  TRY_ASSIGN(
      Statement statement,
      database_.prepare(fmt::format("SELECT {} WHERE devices.fingerprint = ?", login_columns), to_hex(fingerprint)));
  return the_login_user(statement, {}, now);
}

std::optional<std::string> LoginUser::refusal() const {
  const std::string who = device.empty() ? name : fmt::format("{}/{}", name, device);
  if (!is_enabled) return fmt::format("{} is disabled", name);
  if (!is_device_enabled) return fmt::format("{} is disabled", who);
  if (is_expired) return fmt::format("{} has expired", name);
  return std::nullopt;
}

}  // namespace agilevpn::store
