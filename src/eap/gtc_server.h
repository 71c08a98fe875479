// EAP-GTC, the server (RFC 3748 §5.6): a prompt, and what the user types. The password comes in clear, so it needs a
// carrier that is encrypted to the right server: PEAP, TTLS, or IKEv2 with a certificate. It makes no keys.
#pragma once

#include "eap/method.h"

namespace agilevpn::eap {

class GtcServer final : public ServerMethod {
 public:
  // `user`: whose password it asks for; the EAP-Identity, for GTC names nobody itself.
  explicit GtcServer(std::string user, std::string prompt = "Password: ")
      : user_(std::move(user)), prompt_(std::move(prompt)) {}

  Type type() const override { return Type::Gtc; }
  ServerStep start() override { return to_bytes(prompt_); }
  ServerStep handle_response(ByteView type_data) override;
  ServerStep handle_answer(Answer answer) override;

 private:
  std::string user_, prompt_;
};

}  // namespace agilevpn::eap
