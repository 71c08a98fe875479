// What all methods in TLS do alike until their session is established, one class for each role: the Start, the
// handshake in fragments, alerts. What is said inside the session is the method's own (tls_server.h, ttls_server.h,
// peap_server.h and the peers beside them).
#pragma once

#include "eap/tls_channel.h"

namespace agilevpn::eap {

// What a server needs for TLS: itself and, where the peer must show a certificate, who believes it.
class TlsServerMethod : public ServerMethod {
 public:
  ServerStep start() final;
  ServerStep handle_response(ByteView type_data) final;

 protected:
  TlsServerMethod(const crypto::TlsContext& context, crypto::VerifyCertificates verify, std::size_t type_data_max)
      : channel_(context, std::move(verify), type_data_max) {}
  // The session is established, and this came in it; nothing, where the peer has nothing to say.
  virtual ServerStep handle_data(Secret data) = 0;
  Outcome failed(std::string_view reason) const;

  TlsChannel channel_;

 private:
  ServerStep fail();
};

class TlsPeerMethod : public PeerMethod {
 public:
  PeerStep handle_request(ByteView type_data) final;
  PeerStep handle_answer(Answer answer) final;
  Outcome fail() override;

 protected:
  TlsPeerMethod(const crypto::TlsContext& context, crypto::VerifyCertificates verify, std::size_t type_data_max)
      : channel_(context, std::move(verify), type_data_max) {}
  virtual PeerStep handle_data(Secret data) = 0;
  // To a question of what goes on inside the session.
  virtual PeerStep handle_inner_answer(Answer) { return Outcome{.reason = "nobody asked"}; }
  // Something inside the session is wrong: an EAP-Failure is awaited, and nothing else believed.
  Bytes give_up(std::string reason);
  bool is_broken() const { return !channel_.reason().empty(); }

  TlsChannel channel_;

 private:
  PeerStep go_on(TlsChannel::Turn turn);

  bool has_begun_ = false;
  bool is_checking_ = false;  // The question that is out is our own CheckServer, not the inner method's.
};

}  // namespace agilevpn::eap
