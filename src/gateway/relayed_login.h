// A login that a RADIUS server decides (RFC 3579): the client's EAP packets go there and back.
#pragma once

#include "gateway/login.h"
#include "radius/eap_relay.h"
#include "radius/grant.h"

namespace agilevpn::gateway {

class RelayedLogin final : public Login {
 public:
  RelayedLogin(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer, ike::wire::Identity local);

  Step start() override;
  Step handle_packet(ByteView packet, WallTime now) override;
  Step handle_radius(radius::Answer answer) override;
  std::string user() const override { return user_; }

 private:
  Step accept(radius::LoginAccepted accepted);

  radius::EapRelay relay_;
  std::string user_;
};

}  // namespace agilevpn::gateway
