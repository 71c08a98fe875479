#include "daemon/user_directory.h"

#include <fmt/format.h>

#include <utility>

namespace agilevpn::daemon {

using gateway::NoUser;

Result<std::unique_ptr<UserDirectory>, Error> UserDirectory::open(const std::filesystem::path& directory,
                                                                  std::shared_ptr<const crypto::MsChap> mschap) {
  TRY_ASSIGN(auto database, store::Database::open(directory / store::database_name));
  std::unique_ptr<UserDirectory> users{new UserDirectory(std::move(database), std::move(mschap))};
  static_cast<void>(users->has_changed());
  return users;
}

Result<store::LoginUser, NoUser> UserDirectory::find(const std::string& name, WallTime now) {
  auto found = users_.find_for_login(name, now);
  if (!found) return Failure{NoUser{.reason = found.error().to_string()}};
  if (!*found) return Failure{NoUser{.reason = fmt::format("there is no user {}", name), .is_unknown = true}};
  if (auto refusal = (*found)->refusal()) return Failure{NoUser{.reason = *std::move(refusal)}};
  return **std::move(found);
}

gateway::UserAnswer UserDirectory::answer(const gateway::UserQuestion& question, WallTime now) {
  const auto* check = std::get_if<gateway::CheckPassword>(&question);
  const std::string& name = check ? check->name : std::get<gateway::FindUser>(question).name;
  TRY_ASSIGN(const store::LoginUser user, find(name, now));
  if (check && !store::check_password(user, check->password, mschap_.get()))
    return Failure{NoUser{.reason = fmt::format("the password of {} is wrong", user.name)}};
  gateway::User known{.name = user.name, .group = user.group, .nt_hash = {}};
  if (const Secret* hash = user.password ? user.password->nt_hash() : nullptr) known.nt_hash = hash->copy();
  return known;
}

bool UserDirectory::has_changed() {
  const auto version = database_.version_of_others();
  return version && std::exchange(version_, *version) != *version;
}

std::optional<std::string> UserDirectory::why_not(const std::string& name, WallTime now) {
  const auto user = users_.find_for_login(name, now);
  if (!user) return std::nullopt;  // Trouble with the disk ends nobody's tunnel.
  return *user ? (*user)->refusal() : fmt::format("{} is no user any more", name);
}

}  // namespace agilevpn::daemon
