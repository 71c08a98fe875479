// PEAP version 0, the server (MS-PEAP, RFC 9427 §2.5): the server shows a certificate, and the user proves itself by an
// EAP method inside the session: EAP-MSCHAPv2 or EAP-TLS.
//
//   Start ... Finished                      <-->
//   Identity, the method                    <-->           what the inner method asks
//   Result, Cryptobinding (type 33)         -->
//                                           <--  Result, Cryptobinding
//
// A peer that answers without a binding is let in unless it is required; one with a wrong binding never is: someone
// stands in between. The keys come from the binding where there is one (§3.1.5.7).
#pragma once

#include "base/random.h"
#include "eap/inner_eap.h"
#include "eap/peap_binding.h"
#include "eap/tls_method.h"

namespace agilevpn::eap {

class PeapServer final : public TlsServerMethod {
 public:
  // `context` and `random` must outlive it.
  PeapServer(const crypto::TlsContext& context, Random& random, InnerServer inner,
             PeapBinding binding = PeapBinding::Accepted)
      : TlsServerMethod(context, {}, limits::tls_type_data_max),
        random_(random),
        binding_(binding),
        inner_(std::move(inner)) {}
  Type type() const override { return Type::Peap; }
  ServerStep handle_answer(Answer answer) override { return advance(inner_.handle_answer(std::move(answer))); }
  std::string complaint() const override { return inner_.authenticator().complaint(); }

 private:
  enum class State : std::uint8_t { Handshake, Finished, Inside, Result };

  ServerStep handle_data(Secret data) override;
  ServerStep advance(Authenticator::Step step);
  ServerStep tell_result(Outcome inner);
  ServerStep handle_result(ByteView data);
  ServerStep conclude(const peap::Extensions& answer);

  Random& random_;
  PeapBinding binding_;
  InnerAuthenticator inner_;
  State state_ = State::Handshake;
  Outcome inner_outcome_;
  std::optional<peap::Keys> keys_;
  std::uint8_t identifier_ = 0;  // Of the packet with our result.
};

}  // namespace agilevpn::eap
