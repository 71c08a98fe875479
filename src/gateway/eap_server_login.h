// A login whose EAP ends here: our own methods hold the conversation. Who answers their questions is a subclass's
// matter: the owner (local_login.h), or a RADIUS server (checked_login.h).
#pragma once

#include "eap/authenticator.h"
#include "gateway/login.h"

namespace agilevpn::gateway {

class EapServerLogin : public Login {
 public:
  Step start() override { return advance(authenticator_.start()); }
  Step handle_packet(ByteView packet, WallTime now) override;
  std::string user() const override;
  std::string complaint() const override { return authenticator_.complaint(); }

 protected:
  EapServerLogin(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer, ike::wire::Identity local,
                 eap::Authenticator::MakeMethod make_method);
  Step advance(eap::Authenticator::Step step);
  Step tell(eap::Answer answer) { return advance(authenticator_.handle_answer(std::move(answer))); }
  // Other: it says nothing of it.
  static Refusal refusal_of(eap::FailureCause cause);
  eap::Type eap_method() const { return authenticator_.method(); }

 private:
  virtual Step ask(eap::Question question) = 0;
  virtual Step finish(eap::Authenticator::Finished finished) = 0;

  eap::Authenticator authenticator_;
  bool is_started_ = false;
};

}  // namespace agilevpn::gateway
