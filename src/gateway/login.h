// One client's way in by EAP (RFC 7296 §2.16). Who decides stands behind it: our own methods and the users that the owner
// keeps (local_login.h), or a RADIUS server (relayed_login.h).
#pragma once

#include <memory>
#include <variant>

#include "gateway/config.h"
#include "gateway/event.h"
#include "gateway/user.h"
#include "ike/revocation.h"
#include "radius/grant.h"
#include "radius/request.h"

namespace agilevpn::gateway {

class Login {
 public:
  // What the engine is answered, or who is asked first.
  using Step =
      std::variant<ike::Answer, UserQuestion, radius::Request, ike::RevocationAsk>;  // Its id is for the caller to say.

  // The client as IKE_AUTH showed it; `local` is whom we say that we are.
  Login(std::shared_ptr<const Config> config, ike::AuthenticatePeer peer, ike::wire::Identity local)
      : config_(std::move(config)), peer_(std::move(peer)), local_(std::move(local)) {}
  virtual ~Login() = default;
  Login(const Login&) = delete;

  virtual Step start() = 0;
  virtual Step handle_packet(ByteView packet, WallTime now) = 0;
  // Only to the question that was asked.
  virtual Step handle_user(UserAnswer) { return refuse("nobody asked for a user"); }
  virtual Step handle_revocation(const ike::RevocationAnswer&) { return refuse("nobody asked about a certificate"); }
  virtual Step handle_radius(radius::Answer) { return refuse("no RADIUS server was asked"); }

  // Whom it claims or proved to be, for people and for counting its failures.
  virtual std::string user() const = 0;
  // What was wrong so far, where the client may try again; empty: nothing.
  virtual std::string complaint() const { return {}; }
  // Of the refusal that was the last step, or of what it complains about.
  virtual Refusal cause() const { return Refusal::Other; }
  // What was wrong with the certificate that it showed in TLS, if that is why.
  virtual std::optional<crypto::CertificateError> certificate_fault() const { return {}; }
  // Those that it showed there, its own first.
  virtual std::vector<Bytes> certificates() const { return {}; }
  // Of the user whom the owner keeps, "anna/phone", also where it was refused; empty: it is nobody's.
  virtual std::string kept_name() const { return {}; }
  // If its group is why it was refused.
  virtual std::optional<GroupFault> group_fault() const { return {}; }
  // Whether it is one whom the owner keeps.
  virtual bool is_kept() const { return false; }
  // As groups name it: "eap-mschapv2", "radius".
  virtual std::string method() const = 0;
  // What a RADIUS server granted, once it let it in.
  virtual const radius::Grant* granted() const { return nullptr; }

  const ike::AuthenticatePeer& peer() const { return peer_; }
  // Whether the method alone proves who we are (RFC 5998): this client wants it so, and so do we.
  bool is_alone() const { return config_->eap_only && peer_.takes_eap_alone && can_be_alone(); }
  // What it gets, once it was let in.
  const std::shared_ptr<const ConnectionRule>& rule() const { return rule_; }

 protected:
  // Our first word: who we are, and the first Request.
  ike::Answer begin(Bytes request) const;
  // See authorization.h; shares the configuration.
  std::shared_ptr<const ConnectionRule> rule_named(std::string_view name) const;
  static Step refuse(std::string why, Bytes eap_failure = {});
  // `by`: the method that it was.
  ike::EapSucceeded let_in(std::shared_ptr<const ConnectionRule> rule, Bytes eap_success, std::string method,
                           Secret msk, const std::string& user, eap::Type by);

  std::shared_ptr<const Config> config_;

 private:
  // Whether there is a method that proves who we are.
  virtual bool can_be_alone() const { return false; }

  ike::AuthenticatePeer peer_;
  ike::wire::Identity local_;
  std::shared_ptr<const ConnectionRule> rule_;
};

}  // namespace agilevpn::gateway
