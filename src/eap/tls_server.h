// EAP-TLS, the server (RFC 5216, RFC 9190): both ends show a certificate.
//
//   Start            -->
//                    <--  ClientHello
//   ServerHello ...  -->
//                    <--  Certificate ... Finished        VerifyCertificates: may this one in?
//   TLS 1.2: Finished; TLS 1.3: one octet 0x00 of application data, the promise of success (RFC 9190 §2.5)  -->
//                    <--  (nothing)                       done
//
// In TLS 1.2 everybody on the way of EAP reads both certificates; in TLS 1.3 neither.
#pragma once

#include "eap/tls_method.h"

namespace agilevpn::eap {

// Whom a certificate stands for: who is claimed, if one of its names or its CN says so; else its e-mail address, its
// DNS name, its CN, its subject.
std::string user_of(const crypto::Certificate& certificate, const std::string& claimed);

class TlsServer final : public TlsServerMethod {
 public:
  // `context` must outlive it. `identity`: the EAP-Identity, which anybody may have said.
  TlsServer(const crypto::TlsContext& context, crypto::VerifyCertificates verify, std::string identity,
            std::size_t type_data_max = limits::tls_type_data_max)
      : TlsServerMethod(context, std::move(verify), type_data_max), identity_(std::move(identity)) {}
  Type type() const override { return Type::Tls; }

 private:
  ServerStep handle_data(Secret data) override;

  std::string identity_;
  bool has_promised_ = false;  // Success: our last word is on its way.
};

}  // namespace agilevpn::eap
