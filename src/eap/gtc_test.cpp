#include <gmock/gmock.h>

#include "eap/conversation_fixture.h"
#include "eap/gtc_peer.h"
#include "eap/gtc_server.h"
#include "eap/limits.h"

namespace agilevpn::eap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Gtc : public testing::Test {
 protected:
  // The server takes "secret", and then the code "123456" if it wants one.
  Answer serve(const Question& question) {
    if (std::holds_alternative<ChooseMethods>(question)) return OfferMethods{{Type::Gtc}};
    const auto& check = std::get<CheckPassword>(question);
    EXPECT_EQ(check.user, "anna");
    const std::string text = to_text(check.password.view());
    if (wants_code && text == "secret") return PasswordVerdict{.is_right = false, .challenge = "Code: "};
    return PasswordVerdict{.is_right = text == (wants_code ? "123456" : "secret"), .challenge = {}};
  }
  void log_in(std::vector<std::string> typed) {
    conversation.answer_server = [this](const Question& question) { return serve(question); };
    conversation.answer_peer = [this, typed](const Question& question) mutable -> Answer {
      prompts.push_back(std::get<AskPassword>(question).prompt);
      if (typed.empty()) return Refused{"the user pressed Cancel"};
      const std::string text = typed.front();
      typed.erase(typed.begin());
      return password(text);
    };
    conversation.run();
  }

  bool wants_code = false;
  std::vector<std::string> prompts;
  Conversation conversation{
      Authenticator{[](Type, const std::string& user) { return std::make_unique<GtcServer>(user); }},
      Peer{"anna", {Type::Gtc}, [](Type) { return std::make_unique<GtcPeer>("anna"); }}};
};

TEST_F(Gtc, AsksForThePasswordAndMakesNoKey) {
  log_in({"secret"});
  EXPECT_TRUE(conversation.has_succeeded());
  EXPECT_TRUE(conversation.peer_outcome->msk.empty());
  EXPECT_FALSE(conversation.peer_outcome->proves_server);
  EXPECT_EQ(conversation.server_outcome->user, "anna");
  EXPECT_THAT(prompts, ElementsAre("Password: "));
}

TEST_F(Gtc, AsksForACodeAfterThePassword) {
  wants_code = true;
  log_in({"secret", "123456"});
  EXPECT_TRUE(conversation.has_succeeded());
  EXPECT_THAT(prompts, ElementsAre("Password: ", "Code: "));
}

TEST_F(Gtc, RefusesAWrongPassword) {
  log_in({"Secret"});
  EXPECT_EQ(conversation.server_reason(), "the password of anna is wrong");
  EXPECT_THAT(conversation.peer_outcome->error_for_user, HasSubstr("password is wrong"));
}

TEST_F(Gtc, AWrongCodeAfterARightPasswordIsRefused) {
  wants_code = true;
  log_in({"secret", "654321"});
  EXPECT_FALSE(conversation.has_succeeded());
  EXPECT_EQ(conversation.packets.back().code, Code::Failure);
}

TEST_F(Gtc, AUserWhoGivesNothingEndsIt) {
  log_in({});
  EXPECT_EQ(conversation.peer_reason(), "the user pressed Cancel");
}

TEST_F(Gtc, AnEmptyPasswordIsNotEvenAskedAbout) {
  log_in({""});
  EXPECT_EQ(conversation.server_reason(), "anna gave no password");
}

TEST_F(Gtc, PasswordsHaveABound) {
  GtcServer server{"anna"};
  EXPECT_TRUE(asks(server.handle_response(Bytes(limits::password_size_max, std::byte{'x'}))));
  EXPECT_THAT(reason(server.handle_response(Bytes(limits::password_size_max + 1, std::byte{'x'}))),
              HasSubstr("too long"));
}

TEST_F(Gtc, ASuccessWhileThePromptIsOpenIsNotBelieved) {
  GtcPeer peer{"anna"};
  EXPECT_TRUE(asks(peer.handle_request(as_bytes("Password: "))));
  EXPECT_FALSE(peer.is_done());
  (void)peer.handle_answer(password("secret"));
  EXPECT_TRUE(peer.is_done());
  EXPECT_TRUE(asks(peer.handle_request(as_bytes("Code: "))));
  EXPECT_FALSE(peer.is_done());
}

TEST_F(Gtc, ShowsAPromptWithoutWhatATerminalWouldObey) {
  GtcPeer peer{"anna"};
  const auto step = peer.handle_request(as_bytes("\x1b[2JPassword\r\n"));
  EXPECT_EQ(std::get<AskPassword>(std::get<Question>(step)).prompt, "[2JPassword");
}

}  // namespace
}  // namespace agilevpn::eap
