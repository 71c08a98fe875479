// PEAP version 0, the peer (MS-PEAP, RFC 9427 §2.5): believes the server by its certificate, always; then proves the
// user by an EAP method inside, and is done when both ends have said so there (Result TLV) and, if the server can, have
// bound the session to the method.
#pragma once

#include "base/random.h"
#include "eap/inner_eap.h"
#include "eap/peap_binding.h"
#include "eap/tls_method.h"

namespace agilevpn::eap {

class PeapPeer final : public TlsPeerMethod {
 public:
  // `context` and `random` must outlive it.
  PeapPeer(const crypto::TlsContext& context, crypto::VerifyCertificates verify, Random& random, InnerPeer inner,
           PeapBinding binding = PeapBinding::Accepted)
      : TlsPeerMethod(context, std::move(verify), limits::tls_type_data_max),
        random_(random),
        binding_(binding),
        user_(inner.user),
        inner_(inner.user, std::move(inner.methods), std::move(inner.make_method)) {}

  Type type() const override { return Type::Peap; }
  bool is_done() const override { return is_done_ && !is_broken(); }
  Outcome finish() override;
  Outcome fail() override;

 private:
  PeerStep handle_data(Secret data) override;
  PeerStep handle_inner_answer(Answer answer) override { return advance(inner_.handle_answer(std::move(answer))); }
  PeerStep advance(Peer::Step step);
  PeerStep handle_result(const Packet& request);
  PeerStep refuse(const Packet& request, std::string reason);
  PeerStep answer_result(const Packet& request, const peap::Extensions& answer);
  void note_failure();

  Random& random_;
  PeapBinding binding_;
  std::string user_;
  Peer inner_;
  std::uint8_t identifier_ = 0;
  Secret msk_;
  bool is_done_ = false;
  Outcome inner_failure_;
};

}  // namespace agilevpn::eap
