// A login that a RADIUS server decides (RFC 3579): the client's EAP packets go there and back.
#pragma once

#include "gateway/login.h"
#include "radius/eap_relay.h"

namespace agilevpn::gateway {

class RelayedLogin final : public Login {
 public:
  // `session_id` is its Acct-Session-Id.
  RelayedLogin(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer, ike::wire::Identity local,
               std::string session_id);

  Step start() override;
  Step handle_packet(ByteView packet, WallTime now) override;
  Step handle_radius(radius::Answer answer) override;
  std::string user() const override { return user_; }
  const radius::Grant* granted() const override { return granted_ ? &*granted_ : nullptr; }
  std::string method() const override { return "radius"; }
  Refusal cause() const override { return cause_; }

 private:
  bool can_be_alone() const override { return true; }  // Which method it is, the server says later.
  Step handle_request(radius::EapPacket next);
  Step accept(radius::LoginAccepted accepted);

  radius::EapRelay relay_;
  std::string user_;
  eap::Type method_{};  // The last that the server asked for.
  std::optional<radius::Grant> granted_;
  Refusal cause_{};
};

}  // namespace agilevpn::gateway
