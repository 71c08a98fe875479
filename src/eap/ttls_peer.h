// EAP-TTLS version 0, the peer (RFC 5281, RFC 9427 §2.4): believes the server by its certificate, then says inside who
// the user is and proves it by PAP, by MSCHAPv2 or by an EAP method.
#pragma once

#include "base/random.h"
#include "eap/inner_eap.h"
#include "eap/tls_method.h"
#include "eap/ttls_avp.h"

namespace agilevpn::eap {

class TtlsPeer final : public TlsPeerMethod {
 public:
  // `context` and `random` must outlive it, and so must `mschap` where MSCHAPv2 is used.
  TtlsPeer(const crypto::TlsContext& context, crypto::VerifyCertificates verify, TtlsInside inside,
           const crypto::MsChap* mschap, Random& random, InnerPeer inner)
      : TlsPeerMethod(context, std::move(verify), limits::tls_type_data_max),
        inside_(inside),
        mschap_(mschap),
        random_(random),
        user_(inner.user),
        inner_(inner.user, std::move(inner.methods), std::move(inner.make_method)) {}

  Type type() const override { return Type::Ttls; }
  bool is_done() const override;
  Outcome finish() override;
  Outcome fail() override;

 private:
  enum class State : std::uint8_t { Fresh, Asking, Responded, Eap, Done };

  PeerStep handle_data(Secret data) override;
  PeerStep handle_inner_answer(Answer answer) override;
  PeerStep begin();
  PeerStep respond(const Secret& password);
  PeerStep handle_success(ByteView proof);
  PeerStep handle_error(ByteView error);
  PeerStep advance(Peer::Step step);

  TtlsInside inside_;
  const crypto::MsChap* mschap_;
  Random& random_;
  std::string user_;
  Peer inner_;
  State state_ = State::Fresh;
  crypto::MsChapInputs inputs_;
  crypto::NtResponse nt_response_{};
  Secret password_hash_;
  std::uint8_t ident_ = 0, eap_identifier_ = 0;
  std::string error_;  // What the server's refusal means; empty: it said nothing.
};

}  // namespace agilevpn::eap
