// Users: who may log in, and with what. Every call is short, but for passwords kept by scrypt (StoredPassword::check).
//
// For the command line: add, change, list. For the gateway: find_for_login(), by what a client sent as its name or by
// its certificate; the answer also knows the user who must be refused, so that the log can say why. version_of_others()
// of the Database says when to look again whether those with a tunnel may keep it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"
#include "store/groups.h"
#include "store/stored_password.h"

namespace agilevpn::store {

using UserId = std::int64_t;  // Of a removed user: never another's.

struct User {
  UserId id = 0;
  std::string name;
  std::string group{default_group};
  bool is_enabled = true;
  std::optional<std::chrono::sys_days> expires;  // The last day, in UTC.
  std::optional<unsigned> devices_max;           // At a time; nothing: the group's.
  std::string note;
  PasswordKind password = PasswordKind::None;  // Set by set_password() and NewUser alone.
  WallTime created{};
};

struct NewUser : User {
  std::optional<StoredPassword> stored_password;  // Nothing: certificates only.
};

// A user as one device logs in.
struct LoginUser {
  UserId id = 0;
  std::string name;
  std::string group;
  std::string device;                      // As it was named or found; may be empty.
  std::optional<StoredPassword> password;  // The device's own if it has one.
  bool is_enabled = true;
  bool is_device_enabled = true;
  bool is_expired = false;
  std::optional<unsigned> devices_max;  // The user's own limit or the group's.
  std::int64_t password_changes = 0;    // Of the user's and of the device's.

  // Why this login is refused whatever the password: "bert is disabled". Nothing: it is not.
  std::optional<std::string> refusal() const;
};

class Users {
 public:
  explicit Users(Database& database) : database_(database) {}

  Stored<UserId> add(const NewUser& user, WallTime now);
  // Group, enabled, expiry, devices, note; of the user with this id.
  Stored<> set(const User& user);
  Stored<> set_password(UserId id, const std::optional<StoredPassword>& password);
  Stored<> set_enabled(UserId id, bool is_enabled);
  Stored<> remove(UserId id);                      // With devices and log-ins.
  Stored<User> find(std::string_view name) const;  // Its own name in any letters; an error that says what to do.
  Stored<std::vector<User>> list() const;          // By name.

  Stored<std::optional<LoginUser>> find_for_login(std::string_view login, WallTime now) const;
  // Whether `login` meant a user who was removed, and means nobody now.
  Stored<bool> was_removed(std::string_view login) const;
  // By a device's certificate: SHA-256 of it.
  Stored<std::optional<LoginUser>> find_for_certificate(ByteView fingerprint, WallTime now) const;

 private:
  Stored<std::int64_t> group_id(std::string_view name) const;

  Database& database_;
};

}  // namespace agilevpn::store
