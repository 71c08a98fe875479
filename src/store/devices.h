// The devices of a user that the administrator gave something of their own: a certificate, or a password ("anna/phone"
// is who logs in with it). So a lost phone is shut out, and the laptop works on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/users.h"

namespace agilevpn::store {

struct Device {
  std::int64_t id = 0;
  std::string name;
  std::optional<Bytes> fingerprint;  // SHA-256 of its certificate.
  PasswordKind password = PasswordKind::None;
  bool is_enabled = true;
  WallTime created{};
  std::optional<WallTime> last_seen;
  std::string last_address;  // Where it came from.
};

struct NewDevice {
  std::string name;
  std::optional<Bytes> fingerprint;
  std::optional<StoredPassword> password;  // Without it, the user's.
};

class Devices {
 public:
  explicit Devices(Database& database) : database_(database) {}

  Stored<> add(UserId user, const NewDevice& device, WallTime now);
  Stored<> remove(UserId user, std::string_view name);
  Stored<> set_enabled(UserId user, std::string_view name, bool is_enabled);
  Stored<> set_fingerprint(UserId user, std::string_view name, ByteView fingerprint);
  Stored<> set_password(UserId user, std::string_view name, const std::optional<StoredPassword>& password);
  // A device that is not there is none that was given something of its own: nothing is written.
  Stored<> saw(UserId user, std::string_view name, std::string_view address, WallTime now);
  Stored<std::vector<Device>> list(UserId user) const;  // By name.

 private:
  Stored<> refuse_too_many(UserId user) const;
  Stored<> refuse_unknown(std::string_view name) const;

  Database& database_;
};

}  // namespace agilevpn::store
