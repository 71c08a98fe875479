// EAP-GTC, the peer (RFC 3748 §5.6): shows the server's prompt to the user and sends what the user types, in clear. So it
// proves nothing about the server, and its owner uses it only towards one that is proved otherwise.
#pragma once

#include "eap/method.h"

namespace agilevpn::eap {

class GtcPeer final : public PeerMethod {
 public:
  explicit GtcPeer(std::string user) : user_(std::move(user)) {}

  Type type() const override { return Type::Gtc; }
  PeerStep handle_request(ByteView type_data) override;
  PeerStep handle_answer(Answer answer) override;
  bool is_done() const override { return is_done_; }
  Outcome finish() override {
    return {.is_success = true, .reason = {}, .user = user_, .msk = {}, .error_for_user = {}};
  }
  Outcome fail() override;

 private:
  std::string user_;
  bool is_done_ = false;  // The last prompt was answered.
};

}  // namespace agilevpn::eap
