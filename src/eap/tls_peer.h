// EAP-TLS, the peer (RFC 5216, RFC 9190): proves itself with the user's certificate and believes the server by its own.
// With TLS 1.3 it is done only when the server has promised success inside the session (RFC 9190 §2.5).
#pragma once

#include "eap/tls_method.h"

namespace agilevpn::eap {

class TlsPeer final : public TlsPeerMethod {
 public:
  // `context` has the user's certificate and must outlive it. `user`: for the outcome.
  TlsPeer(const crypto::TlsContext& context, crypto::VerifyCertificates verify, std::string user,
          std::size_t type_data_max = limits::tls_type_data_max)
      : TlsPeerMethod(context, std::move(verify), type_data_max), user_(std::move(user)) {}

  Type type() const override { return Type::Tls; }
  bool is_done() const override { return is_done_ && !is_broken(); }
  Outcome finish() override;

 private:
  PeerStep handle_data(Secret data) override;

  std::string user_;
  bool is_done_ = false;
};

}  // namespace agilevpn::eap
