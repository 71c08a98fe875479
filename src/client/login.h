// The user's way in by EAP (RFC 7296 §2.16), for one attempt to connect.
#pragma once

#include "client/profile.h"
#include "eap/peer.h"

namespace agilevpn::client {

class Login {
 public:
  // `profile` has an EapLogin; both must outlive it.
  Login(const Profile& profile, Random& random);
  Login(const Login&) = delete;

  // What the engine is answered: the Response, success with its key, or why not, in words for the user.
  ike::Answer handle_packet(ByteView packet);

 private:
  eap::Peer::Step answer(const eap::Question& question);
  ike::Answer conclude(eap::Outcome outcome) const;
  std::unique_ptr<eap::PeerMethod> make_method(eap::Type type) const;

  const EapLogin& settings_;
  Random& random_;
  eap::Peer peer_;
};

}  // namespace agilevpn::client
