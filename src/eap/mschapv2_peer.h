// EAP-MSCHAPv2, the peer (draft-kamath-pppext-eap-mschapv2; [MS-CHAP] §3.2): proves that the user knows the password, and
// is done only when the server has proved that it knows it too.
//
// After a wrong password that may be tried again the owner is asked for another; refusing to give one ends the
// conversation politely, and fail() says why. An expired password is told to the user, not changed.
//
// It does not stand alone (RFC 5998 §4): who answers a false server gives it what it takes to guess the password.
#pragma once

#include "base/random.h"
#include "crypto/mschap.h"
#include "eap/method.h"
#include "eap/mschapv2_packet.h"

namespace agilevpn::eap {

class MsChapV2Peer final : public PeerMethod {
 public:
  // `user` as the user writes it: "anna", "DOMAIN\anna" or "anna@example.org". The first two outlive it.
  MsChapV2Peer(const crypto::MsChap& mschap, Random& random, std::string user);

  Type type() const override { return Type::MsChapV2; }
  PeerStep handle_request(ByteView type_data) override;
  PeerStep handle_answer(Answer answer) override;
  bool is_done() const override { return state_ == State::Done; }
  Outcome finish() override;
  Outcome fail() override { return {.reason = error_, .error_for_user = error_}; }

 private:
  enum class State : std::uint8_t { Fresh, Asking, Responded, Done, Refused };

  PeerStep handle(const mschapv2::Challenge& challenge);
  PeerStep handle(const mschapv2::Success& success);
  PeerStep handle(const mschapv2::Refusal& refusal);
  PeerStep give_up();

  const crypto::MsChap& mschap_;
  Random& random_;
  State state_ = State::Fresh;
  std::uint8_t id_ = 0;  // MS-CHAPv2-ID of our next Response
  crypto::MsChapInputs inputs_;
  crypto::NtResponse nt_response_{};
  Secret password_hash_;
  std::string error_;  // What the server's last Failure means; empty if it sent none.
};

}  // namespace agilevpn::eap
