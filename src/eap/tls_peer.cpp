#include "eap/tls_peer.h"

#include "base/check.h"

namespace agilevpn::eap {

PeerStep TlsPeer::handle_data(Secret data) {
  const bool promises_success = data.size() == 1 && data.view()[0] == std::byte{0};
  if (is_done_ || (!data.empty() && !(promises_success && channel_.is_tls13())))
    return give_up("it talks where it should be silent");
  is_done_ = promises_success || !channel_.is_tls13();
  // A server that adds nothing to our Finished must have something to say later, or it never will.
  return channel_.send();
}

Outcome TlsPeer::finish() {
  CHECK(is_done());
  return {.is_success = true,
          .reason = {},
          .user = user_,
          .msk = channel_.msk(type(), eap_tls_label),
          .proves_server = true,
          .error_for_user = {}};
}

}  // namespace agilevpn::eap
