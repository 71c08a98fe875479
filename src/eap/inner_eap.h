// EAP inside the TLS session of PEAP or EAP-TTLS: the same Authenticator, whose user is the one that counts. The
// methods are not those of outside, and nobody is anonymous here (RFC 9427 §3.1).
#pragma once

#include "crypto/mschap.h"
#include "eap/authenticator.h"
#include "eap/peer.h"

namespace agilevpn::eap {

// What a server offers inside a tunnel.
struct InnerServer {
  std::vector<Type> methods;  // Most wanted first. Empty: it is asked (ChooseMethods), as it is outside.
  Authenticator::MakeMethod make_method;
};

// What a peer says inside a tunnel.
struct InnerPeer {
  std::string user;
  std::vector<Type> methods;  // Most wanted first.
  Peer::MakeMethod make_method;
};

class InnerAuthenticator {
 public:
  explicit InnerAuthenticator(InnerServer settings, std::uint8_t first_identifier = 0)
      : methods_(std::move(settings.methods)), authenticator_(std::move(settings.make_method), first_identifier) {}

  // As Authenticator, but it may choose the methods itself.
  Authenticator::Step start() { return authenticator_.start(); }
  Authenticator::Step handle_packet(ByteView packet) { return choose(authenticator_.handle_packet(packet)); }
  Authenticator::Step handle_answer(Answer answer) { return choose(authenticator_.handle_answer(std::move(answer))); }
  const Authenticator& authenticator() const { return authenticator_; }

 private:
  Authenticator::Step choose(Authenticator::Step step);

  std::vector<Type> methods_;
  Authenticator authenticator_;
};

}  // namespace agilevpn::eap
