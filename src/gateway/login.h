// One client's way in by EAP (RFC 7296 §2.16): the conversation with it, and the questions about users that this takes.
#pragma once

#include <memory>
#include <optional>

#include "eap/authenticator.h"
#include "gateway/config.h"
#include "gateway/user.h"
#include "ike/credentials.h"

namespace agilevpn::gateway {

class Login {
 public:
  // What the engine is answered, or what the gateway's owner is asked first.
  using Step = std::variant<ike::Answer, UserQuestion>;

  // `credentials` and `random` must outlive it. The client is as IKE_AUTH showed it; `local` is whom we say that we are.
  Login(std::shared_ptr<const Config> config, const ike::Credentials& credentials, ike::AuthenticatePeer peer,
        ike::wire::Identity local, Random& random);

  Step start();
  Step handle_packet(ByteView packet, WallTime now);
  Step handle_user(UserAnswer answer);

  const ike::AuthenticatePeer& peer() const { return peer_; }
  // Whom it claims or proved to be, for people and for counting its failures.
  std::string user() const;
  // Its name as it is kept; empty: it is not.
  std::string kept_user() const { return user_ ? user_->name : ""; }
  // What it gets, once it was let in.
  const ConnectionRule* rule() const { return rule_; }

 private:
  Step advance(eap::Authenticator::Step step);
  Step ask(eap::Question question);
  Step finish(eap::Authenticator::Finished finished);
  Step let_in();
  std::unique_ptr<eap::ServerMethod> make_method(eap::Type type);

  std::shared_ptr<const Config> config_;
  const ike::Credentials& credentials_;
  ike::AuthenticatePeer peer_;
  ike::wire::Identity local_;
  Random& random_;
  eap::Authenticator authenticator_;
  bool is_started_ = false;
  bool wants_hash_ = false;        // The question that is out is FindUser for its password's hash.
  std::optional<User> user_;
  std::optional<eap::Authenticator::Finished> success_;
  const ConnectionRule* rule_ = nullptr;
};

}  // namespace agilevpn::gateway
