// A login by EAP-GTC whose password a RADIUS server checks (RFC 2865 §5.2): for servers that know passwords and tokens,
// but no EAP. What the server asks back (Access-Challenge: "Enter the code of your token") the user is asked.
#pragma once

#include <optional>

#include "gateway/eap_server_login.h"

namespace agilevpn::gateway {

class CheckedLogin final : public EapServerLogin {
 public:
  // `session_id` is its Acct-Session-Id.
  CheckedLogin(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer, ike::wire::Identity local,
               std::string session_id);

  Step handle_radius(radius::Answer answer) override;
  std::string method() const override { return "radius"; }
  Refusal cause() const override { return cause_; }
  const radius::Grant* granted() const override { return granted_ ? &*granted_ : nullptr; }

 private:
  Step ask(eap::Question question) override;
  radius::Request make_request(std::string user, Secret password) const;
  Step take(radius::Accept accept);
  Step take(radius::Challenge challenge);
  Step finish(eap::Authenticator::Finished finished) override;

  std::string session_id_;
  std::optional<Bytes> state_;         // Of the last Access-Challenge,
  std::optional<std::size_t> server_;  // and who gave it.
  std::optional<radius::Grant> granted_;
  Refusal cause_{};
  std::shared_ptr<const ConnectionRule> granted_rule_;
};

}  // namespace agilevpn::gateway
