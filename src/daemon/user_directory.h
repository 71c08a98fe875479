// The users that `agilevpn user` keeps, as a gateway asks for them.
#pragma once

#include <filesystem>

#include "gateway/user.h"
#include "store/users.h"

namespace agilevpn::daemon {

class UserDirectory {
 public:
  // Makes an empty database if there is none. `directory` is the gateway's state directory; `mschap` as in gateway::Config.
  static Result<std::unique_ptr<UserDirectory>, Error> open(const std::filesystem::path& directory,
                                                            std::shared_ptr<const crypto::MsChap> mschap);

  // A database that does not answer is nobody's fault and lets nobody in: the reason says so.
  gateway::UserAnswer answer(const gateway::UserQuestion& question, WallTime now);

  // Whether somebody has changed users or groups since the last call.
  bool has_changed();
  // Why a user who has a tunnel may not keep it; nothing: it may.
  std::optional<std::string> why_not(const std::string& name, WallTime now);

 private:
  UserDirectory(store::Database database, std::shared_ptr<const crypto::MsChap> mschap)
      : database_(std::move(database)), users_(database_), mschap_(std::move(mschap)) {}
  Result<store::LoginUser, gateway::NoUser> find(const std::string& name, WallTime now);

  store::Database database_;
  store::Users users_;
  std::shared_ptr<const crypto::MsChap> mschap_;
  std::int64_t version_ = 0;
};

}  // namespace agilevpn::daemon
