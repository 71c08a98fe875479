// A login that tests and fuzzers meddle with: two of our own, deterministic, so that any of its states is reached by saying
// its beginning again.
#pragma once

#include "eap/conversation_fixture.h"
#include "eap/gtc_peer.h"
#include "eap/gtc_server.h"
#include "eap/mschapv2_peer.h"
#include "eap/mschapv2_server.h"

namespace agilevpn::eap {

// anna logs in: by MSCHAPv2 at the third try, or by GTC with a code after the password. Or she never knows the password.
class SampleLogin {
 public:
  SampleLogin(Type method, bool knows_password) : method_(method), knows_password_(knows_password) {
    conversation.answer_server = [this](const Question& question) { return serve(question); };
    conversation.answer_peer = [this](const Question&) { return type_password(); };
  }
  SampleLogin(const SampleLogin&) = delete;

  std::unique_ptr<ServerMethod> make_server(const std::string& user) {
    if (method_ == Type::Gtc) return std::make_unique<GtcServer>(user);
    return std::make_unique<MsChapV2Server>(mschap(), server_random_);
  }
  std::unique_ptr<PeerMethod> make_peer() {
    if (method_ == Type::Gtc) return std::make_unique<GtcPeer>("anna");
    return std::make_unique<MsChapV2Peer>(mschap(), peer_random_, "anna");
  }

 private:
  static const crypto::MsChap& mschap() {
    static const crypto::MsChap loaded = *crypto::MsChap::load();
    return loaded;
  }
  Answer serve(const Question& question) {
    if (std::holds_alternative<ChooseMethods>(question)) return OfferMethods{{method_}};
    if (std::holds_alternative<FindPassword>(question))
      return PasswordHash{*mschap().nt_password_hash(Secret::copy_of(as_bytes("secret")))};
    const auto* check = std::get_if<CheckPassword>(&question);
    if (!check) return Refused{"what?"};
    const std::string text = to_text(check->password.view());
    return PasswordVerdict{.is_right = text == "123456", .challenge = text == "secret" ? "Code: " : ""};
  }
  Answer type_password() {
    const int number = typed_++;
    if (!knows_password_) return password("guess");
    if (method_ == Type::Gtc) return password(number == 0 ? "secret" : "123456");
    return password(number < 2 ? "wrong" : "secret");
  }

  Type method_;
  bool knows_password_;
  int typed_ = 0;
  SeededRandom server_random_{1}, peer_random_{2};

 public:
  // Last, for it uses what stands above.
  Conversation conversation{Authenticator{[this](Type, const std::string& user) { return make_server(user); }},
                            Peer{"anna", {method_}, [this](Type) { return make_peer(); }}};
};

}  // namespace agilevpn::eap
