#include "store/password_check.h"

#include <fmt/format.h>

#include <utility>

namespace agilevpn::store {

gateway::UserAnswer PasswordCheck::run(const Secret& password) && {
  const bool is_right = kept.check(password, mschap.get());
  if (!is_right && kept.kind() != PasswordKind::Scrypt)
    static_cast<void>(StoredPassword::nobodys().check(password, nullptr));
  if (user && !is_right)
    return Failure{gateway::NoUser{.reason = fmt::format("the password of {} is wrong", user->name),
                                   .cause = gateway::Refusal::WrongPassword,
                                   .who = user->name}};
  return std::move(user);
}

}  // namespace agilevpn::store
