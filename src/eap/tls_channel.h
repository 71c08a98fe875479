// One TLS session inside an EAP method, either role: what EAP-TLS, EAP-TTLS and PEAP share. It feeds TLS what comes in,
// puts what TLS has to say into packets, and remembers how it broke. What TLS is for is the method's matter.
#pragma once

#include "crypto/tls.h"
#include "eap/limits.h"
#include "eap/method.h"
#include "eap/tls_framing.h"

namespace agilevpn::eap {

class TlsChannel {
 public:
  // As crypto::TlsSession.
  TlsChannel(const crypto::TlsContext& context, crypto::VerifyCertificates verify,
             std::size_t type_data_max = limits::tls_type_data_max)
      : tls_(context, std::move(verify)), framing_(type_data_max) {}

  // After a packet of the other end: whose turn is it?
  struct Start {};      // A server's first packet.
  struct OurTurn {};    // TLS took it all in. What we say next goes out with send().
  struct Broken {};     // reason() says why; send() may still have an alert for the other end.
  struct Undecided {};  // About the server's certificate; resume() goes on.
  using Turn =
      std::variant<Bytes, Start, OurTurn, Undecided, Broken>;  // The octets: a packet that goes on with fragments.
  Turn handle(ByteView type_data);
  Turn resume() { return feed({}); }
  Turn fail(std::string reason);

  // Begins a peer's handshake.
  Bytes start();
  // What TLS has to say; nothing is an empty packet.
  Bytes send();
  bool has_to_send();
  // Of an established session.
  Bytes send(ByteView data);

  bool is_established() const { return tls_.is_established(); }
  bool is_tls13() const { return tls_.version() == crypto::TlsVersion::Tls13; }
  Secret read() { return tls_.read(); }
  const crypto::TlsSession& tls() const { return tls_; }
  const std::string& reason() const { return reason_; }  // Empty: it is not broken.

  // Key_Material of 128 octets, of which the first 64 are the MSK (RFC 5216 §2.3, RFC 9190 §2.3, RFC 9427 §2.1).
  // `label12`: what TLS 1.2 derives it with.
  Secret key_material(Type type, std::string_view label12) const;
  Secret msk(Type type, std::string_view label12) const;

 private:
  Turn feed(ByteView records);

  crypto::TlsSession tls_;
  TlsFraming framing_;
  Bytes records_;  // To send.
  std::string reason_;
};

inline constexpr std::string_view eap_tls_label = "client EAP encryption";  // PEAP's as well.

}  // namespace agilevpn::eap
