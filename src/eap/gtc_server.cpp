#include "eap/gtc_server.h"

#include <fmt/format.h>

#include "base/check.h"
#include "eap/limits.h"

namespace agilevpn::eap {

ServerStep GtcServer::handle_response(ByteView type_data) {
  // No password is not asked about: some directories take an empty one for an anonymous visitor and say yes.
  if (type_data.empty()) return Outcome{.reason = fmt::format("{} gave no password", user_)};
  if (type_data.size() > limits::password_size_max)
    return Outcome{.reason = fmt::format("the password that {} gave is too long", user_)};
  return Question{CheckPassword{user_, Secret::copy_of(type_data)}};
}

ServerStep GtcServer::handle_answer(Answer answer) {
  if (const auto* refused = std::get_if<Refused>(&answer)) return Outcome{.reason = refused->reason};
  auto* verdict = std::get_if<PasswordVerdict>(&answer);
  CHECK(verdict);
  if (!verdict->challenge.empty()) return to_bytes(verdict->challenge);
  if (!verdict->is_right)
    return Outcome{.reason = fmt::format("the password of {} is wrong", user_), .cause = FailureCause::WrongPassword};
  return Outcome{.is_success = true, .reason = {}, .user = user_, .msk = {}, .error_for_user = {}};
}

}  // namespace agilevpn::eap
