#include "store/devices.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/name.h"

namespace agilevpn::store {

namespace {

Device to_device(const Statement& row) {
  Device device{.id = row.integer(0), .name = row.text(1)};
  if (!row.is_null(2)) device.fingerprint = from_hex(row.text(2));
  if (!row.is_null(3)) device.password = row.text(3).starts_with("$nt$") ? PasswordKind::NtHash : PasswordKind::Scrypt;
  device.is_enabled = row.integer(4) != 0;
  device.created = row.time(5);
  device.last_seen = row.optional_time(6);
  device.last_address = row.text(7);
  return device;
}

std::optional<std::string> hex_of(const std::optional<Bytes>& octets) {
  return octets ? std::optional{to_hex(*octets)} : std::nullopt;
}

std::optional<Secret> password_text(const std::optional<StoredPassword>& password) {
  return password ? std::optional{password->to_text()} : std::nullopt;
}

}  // namespace

Stored<> Devices::add(UserId user, const NewDevice& device, WallTime now) {
  TRY(check_name("device", device.name));
  TRY(refuse_too_many(user));
  auto added = database_.run(
      "INSERT INTO devices (user_id, name, key, fingerprint, password, created) VALUES (?, ?, ?, ?, ?, ?)", user,
      device.name, name_key(device.name), hex_of(device.fingerprint), password_text(device.password), now);
  if (!added && added.error().cause == Cause::Taken) {
    return Failure{StoreError{Cause::Taken,
                              fmt::format("the device {} or its certificate is there already", device.name),
                              "remove the old one first"}};
  }
  return added;
}

Stored<> Devices::remove(UserId user, std::string_view name) {
  TRY(database_.run("DELETE FROM devices WHERE user_id = ? AND key = ?", user, name_key(name)));
  return refuse_unknown(name);
}

Stored<> Devices::set_enabled(UserId user, std::string_view name, bool is_enabled) {
  TRY(database_.run("UPDATE devices SET enabled = ? WHERE user_id = ? AND key = ?", is_enabled, user, name_key(name)));
  return refuse_unknown(name);
}

Stored<> Devices::set_fingerprint(UserId user, std::string_view name, ByteView fingerprint) {
  const auto set = database_.run("UPDATE devices SET fingerprint = ? WHERE user_id = ? AND key = ?",
                                 to_hex(fingerprint), user, name_key(name));
  if (!set && set.error().cause == Cause::Taken)
    return Failure{
        StoreError{Cause::Taken, "another device has this certificate", "give each its own, or remove the other"}};
  TRY(set);
  return refuse_unknown(name);
}

Stored<> Devices::set_password(UserId user, std::string_view name, const std::optional<StoredPassword>& password) {
  TRY(database_.run(
      "UPDATE devices SET password = ?, password_changes = password_changes + 1 WHERE user_id = ? AND key = ?",
      password_text(password), user, name_key(name)));
  return refuse_unknown(name);
}

Stored<> Devices::saw(UserId user, std::string_view name, std::string_view address, WallTime now) {
  return database_.run("UPDATE devices SET last_seen = ?, last_address = ? WHERE user_id = ? AND key = ?", now, address,
                       user, name_key(name));
}

Stored<std::vector<Device>> Devices::list(UserId user) const {
  TRY_ASSIGN(Statement rows,
             database_.prepare("SELECT id, name, fingerprint, password, enabled, created, last_seen, last_address "
                               "FROM devices WHERE user_id = ? ORDER BY key",
                               user));
  std::vector<Device> out;
  for (;;) {
    TRY_ASSIGN(const bool is_there, rows.step());
    if (!is_there) return out;
    out.push_back(to_device(rows));
  }
}

Stored<> Devices::refuse_too_many(UserId user) const {
  TRY_ASSIGN(Statement row, database_.prepare("SELECT count(*) FROM devices WHERE user_id = ?", user));
  TRY(row.step());
  if (row.integer(0) < limits::devices_max) return {};
  return refuse(fmt::format("a user has at most {} devices", limits::devices_max));
}

// After a statement that should have changed one row.
Stored<> Devices::refuse_unknown(std::string_view name) const {
  if (database_.changed_rows() > 0) return {};
  return refuse(fmt::format("there is no device '{}'", is_printable(name) ? name : "?"),
                "see: agilevpn user show NAME");
}

}  // namespace agilevpn::store
