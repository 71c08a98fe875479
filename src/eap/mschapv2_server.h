// EAP-MSCHAPv2, the server (draft-kamath-pppext-eap-mschapv2; [MS-CHAP] §3.3):
//
//   Challenge         -->
//                     <--  Response          FindPassword: the NT hash of the user whom it names
//   Success "S=..."   -->
//                     <--  Success           done
//
// and if the password is wrong:
//
//   Failure "E=691 R=1 C=..."  -->
//                              <--  Response to the new challenge, or Failure: the user gives up
//
// A user who is unknown is refused as one whose password is wrong. Each Response is a guess, and a question to the owner,
// who may count them.
#pragma once

#include "base/random.h"
#include "crypto/mschap.h"
#include "eap/limits.h"
#include "eap/method.h"
#include "eap/mschapv2_packet.h"

namespace agilevpn::eap {

class MsChapV2Server final : public ServerMethod {
 public:
  struct Settings {
    std::string name = "AgileVPN";  // Clients may show it.
    int retries = limits::password_retries;
  };

  // Both outlive it.
  MsChapV2Server(const crypto::MsChap& mschap, Random& random, Settings settings);
  MsChapV2Server(const crypto::MsChap& mschap, Random& random) : MsChapV2Server(mschap, random, Settings{}) {}

  Type type() const override { return Type::MsChapV2; }
  ServerStep start() override;
  ServerStep handle_response(ByteView type_data) override;
  ServerStep handle_answer(Answer answer) override;
  std::string complaint() const override { return reason_; }

 private:
  enum class State : std::uint8_t { Challenged, MayRetry, Checking, Succeeding, Failing };

  ServerStep handle(const mschapv2::Response& response);
  ServerStep handle(const mschapv2::Acknowledgement& acknowledgement);
  ServerStep succeed(const Secret& password_hash);
  ServerStep refuse(std::string reason, FailureCause cause = FailureCause::Other);
  void draw_challenge();

  const crypto::MsChap& mschap_;
  Random& random_;
  Settings settings_;
  State state_ = State::Challenged;
  std::uint8_t id_ = 1;  // MS-CHAPv2-ID of the Response that is due
  crypto::MsChapInputs inputs_;
  crypto::NtResponse nt_response_{};
  std::string user_;    // inputs_.user, readable
  std::string reason_;  // Of the failure that is on its way.
  FailureCause cause_{};
  Secret msk_;
};

}  // namespace agilevpn::eap
