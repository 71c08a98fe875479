// A login that we decide ourselves: by our own EAP methods, with what the owner keeps of users.
#pragma once

#include <optional>

#include "eap/authenticator.h"
#include "gateway/login.h"
#include "ike/credentials.h"

namespace agilevpn::gateway {

class LocalLogin final : public Login {
 public:
  // `credentials` and `random` must outlive it.
  LocalLogin(std::shared_ptr<const Config> config, const ike::Credentials& credentials, ike::AuthenticatePeer peer,
             ike::wire::Identity local, Random& random);

  Step start() override { return advance(authenticator_.start()); }
  Step handle_packet(ByteView packet, WallTime now) override;
  Step handle_user(UserAnswer answer) override;
  std::string user() const override;
  std::string complaint() const override { return authenticator_.complaint(); }
  std::string kept_user() const override { return user_ ? user_->name : ""; }

 private:
  Step advance(eap::Authenticator::Step step);
  Step ask(eap::Question question);
  Step finish(eap::Authenticator::Finished finished);
  Step conclude();
  std::unique_ptr<eap::ServerMethod> make_method(eap::Type type);

  const ike::Credentials& credentials_;
  Random& random_;
  eap::Authenticator authenticator_;
  bool is_started_ = false;
  bool wants_hash_ = false;  // The question that is out is FindUser for its password's hash.
  std::optional<User> user_;
  std::optional<eap::Authenticator::Finished> success_;
};

}  // namespace agilevpn::gateway
