#include "eap/gtc_peer.h"

#include <fmt/format.h>

#include "base/check.h"
#include "eap/identity.h"

namespace agilevpn::eap {

PeerStep GtcPeer::handle_request(ByteView type_data) {
  is_done_ = false;
  return Question{AskPassword{.prompt = decode_message(type_data)}};
}

PeerStep GtcPeer::handle_answer(Answer answer) {
  if (const auto* refused = std::get_if<Refused>(&answer)) return Outcome{.reason = refused->reason};
  const auto* password = std::get_if<Password>(&answer);
  CHECK(password);
  is_done_ = true;
  return to_bytes(password->password.view());
}

Outcome GtcPeer::fail() {
  if (!is_done_) return {};
  return {.reason = fmt::format("the server refused the password of {}", user_),
          .error_for_user = "the user name or the password is wrong"};
}

}  // namespace agilevpn::eap
