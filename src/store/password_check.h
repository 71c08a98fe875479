// Whether a password is a user's: what the database has to say is in it, so that the check itself, which takes its
// time, needs no database and can be made in another thread.
//
// It takes as long for a name that nobody has, and for whoever is refused whatever the password: the time must not tell
// who is kept.
#pragma once

#include <memory>

#include "gateway/user.h"
#include "store/stored_password.h"

namespace agilevpn::store {

struct PasswordCheck {
  gateway::UserAnswer user;  // The answer if the password is right; why not, whatever it is.
  StoredPassword kept;       // The user's, or nobody's.
  std::shared_ptr<const crypto::MsChap> mschap;

  gateway::UserAnswer run(const Secret& password) &&;
};

}  // namespace agilevpn::store
