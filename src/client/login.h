// The user's way in by EAP (RFC 7296 §2.16), for one attempt to connect.
#pragma once

#include "client/profile.h"
#include "eap/inner_eap.h"
#include "ike/credentials.h"

namespace agilevpn::client {

class Login {
 public:
  // `profile` has an EapLogin; the first three must outlive it. `now`: for certificates.
  Login(const Profile& profile, const ike::Credentials& credentials, Random& random, WallTime now);
  Login(const Login&) = delete;

  // What the engine is answered: the Response, success with its key, or why not, in words for the user.
  ike::Answer handle_packet(ByteView packet);
  bool was_password_refused() const { return was_password_refused_; }

 private:
  eap::Peer::Step answer(const eap::Question& question);
  ike::Answer conclude(eap::Outcome outcome) const;
  std::unique_ptr<eap::PeerMethod> make_method(eap::Type type) const;
  // Inside PEAP and EAP-TTLS.
  eap::InnerPeer make_inner() const;
  std::unique_ptr<eap::PeerMethod> make_plain_method(eap::Type type, std::size_t tls_type_data_max) const;
  // Is this the server that the user meant?
  Result<void, crypto::TlsRefusal> judge(const std::vector<crypto::Certificate>& chain) const;
  crypto::VerifyCertificates judging() const;

  const Profile& profile_;
  const EapLogin& settings_;
  const ike::Credentials& credentials_;
  Random& random_;
  WallTime now_;
  Result<crypto::TlsContext, Error> tls_;
  eap::Peer peer_;
  bool was_password_refused_ = false;
};

}  // namespace agilevpn::client
