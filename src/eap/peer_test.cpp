#include "eap/peer.h"

#include <gmock/gmock.h>

#include "eap/limits.h"
#include "eap/nak.h"

namespace agilevpn::eap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A method that says back what it hears, asks about "ask", ends at "end", and has its proof after "proof".
class EchoPeer final : public PeerMethod {
 public:
  explicit EchoPeer(Type type) : type_(type) {}
  Type type() const override { return type_; }
  PeerStep handle_request(ByteView type_data) override {
    const std::string text = to_text(type_data);
    if (text == "ask") return Question{AskPassword{}};
    if (text == "end") return Outcome{.reason = "it is an impostor"};
    is_done_ = text == "proof";
    return to_bytes(type_data);
  }
  PeerStep handle_answer(Answer) override { return to_bytes("answered"); }
  bool is_done() const override { return is_done_; }
  Outcome finish() override {
    return {.is_success = true, .reason = {}, .user = {}, .msk = Secret{64}, .error_for_user = {}};
  }

 private:
  Type type_;
  bool is_done_ = false;
};

class PeerTest : public testing::Test {
 protected:
  using Ignored = Peer::Ignored;
  using Send = Peer::Send;
  using Finished = Peer::Finished;

  Peer::Step request(std::uint8_t identifier, Type type, std::string_view data) {
    return peer.handle_packet(encode({Code::Request, identifier, type, to_bytes(data)}));
  }
  Peer::Step verdict(Code code, std::uint8_t identifier) { return peer.handle_packet(encode({code, identifier})); }
  static bool is_ignored(const Peer::Step& step) { return std::holds_alternative<Ignored>(step); }
  static Packet sent(const Peer::Step& step) {
    const auto* send = std::get_if<Send>(&step);
    return send ? *decode(send->packet) : Packet{};
  }
  static std::string why(const Peer::Step& step) {
    const auto* finished = std::get_if<Finished>(&step);
    return finished ? finished->outcome.reason : "(not over)";
  }

  std::vector<Type> makes{Type::MsChapV2, Type::Peap};
  Peer peer{"anonymous", {Type::Tls, Type::Peap, Type::MsChapV2}, [this](Type type) -> std::unique_ptr<PeerMethod> {
              if (std::ranges::find(makes, type) == makes.end()) return nullptr;
              return std::make_unique<EchoPeer>(type);
            }};
};

TEST_F(PeerTest, SaysWhoItIs) {
  EXPECT_EQ(sent(request(7, Type::Identity, "")), (Packet{Code::Response, 7, Type::Identity, to_bytes("anonymous")}));
  EXPECT_EQ(sent(request(8, Type::Identity, "Who are you?")),
            (Packet{Code::Response, 8, Type::Identity, to_bytes("anonymous")}));
}

TEST_F(PeerTest, RunsAMethodAndBelievesItsSuccess) {
  EXPECT_EQ(sent(request(1, Type::Peap, "hello")), (Packet{Code::Response, 1, Type::Peap, to_bytes("hello")}));
  EXPECT_EQ(peer.method(), Type::Peap);
  (void)request(2, Type::Peap, "proof");
  auto step = verdict(Code::Success, 2);
  ASSERT_TRUE(std::holds_alternative<Finished>(step));
  EXPECT_TRUE(std::get<Finished>(step).outcome.is_success);
  EXPECT_EQ(std::get<Finished>(step).outcome.msk.size(), 64u);
}

TEST_F(PeerTest, BelievesNoSuccessBeforeItsMethodIsDone) {  // RFC 3748 §4.2
  EXPECT_TRUE(is_ignored(verdict(Code::Success, 0)));
  (void)request(0, Type::Identity, "");
  EXPECT_TRUE(is_ignored(verdict(Code::Success, 0)));
  (void)request(1, Type::Peap, "hello");
  EXPECT_TRUE(is_ignored(verdict(Code::Success, 1)));
  (void)request(2, Type::Peap, "proof");
  EXPECT_TRUE(is_ignored(verdict(Code::Success, 1))) << "of an older Response";
  EXPECT_TRUE(is_ignored(verdict(Code::Success, 3)));
  EXPECT_TRUE(std::holds_alternative<Finished>(verdict(Code::Success, 2)));
}

TEST_F(PeerTest, AQuestionIsAnsweredByTheOwner) {
  EXPECT_TRUE(std::holds_alternative<Question>(request(1, Type::Peap, "ask")));
  EXPECT_TRUE(is_ignored(request(1, Type::Peap, "ask"))) << "the same Request again, while the user thinks";
  EXPECT_TRUE(is_ignored(request(2, Type::Peap, "hello")));
  EXPECT_TRUE(is_ignored(verdict(Code::Success, 1)));
  EXPECT_EQ(to_text(sent(peer.handle_answer(Refused{})).data), "answered");
  EXPECT_TRUE(is_ignored(peer.handle_answer(Refused{})));
}

TEST_F(PeerTest, RefusesAMethodAndNamesThoseItMayUse) {
  EXPECT_EQ(sent(request(1, Type::Md5Challenge, "x")),
            (Packet{Code::Response, 1, Type::Nak, encode_nak({Type::Tls, Type::Peap, Type::MsChapV2})}));
  EXPECT_EQ(sent(request(2, Type::Tls, "x")),
            (Packet{Code::Response, 2, Type::Nak, encode_nak({Type::Peap, Type::MsChapV2})}))
      << "what the owner does not make is not named again";
  EXPECT_EQ(sent(request(3, Type::Expanded, "x")).type, Type::Nak);
  EXPECT_EQ(sent(request(4, Type::Peap, "hello")).type, Type::Peap);
}

TEST_F(PeerTest, WithoutAnyMethodItsNakSaysZero) {
  peer = Peer{"anna", {}, [](Type) { return nullptr; }};
  EXPECT_EQ(sent(request(1, Type::Peap, "x")).data, "00"_hex);
}

TEST_F(PeerTest, RunsNoSecondMethod) {
  (void)request(1, Type::Peap, "hello");
  EXPECT_TRUE(is_ignored(request(2, Type::MsChapV2, "hello")));
  EXPECT_EQ(sent(request(2, Type::Peap, "hello")).type, Type::Peap);
}

TEST_F(PeerTest, KeepsWhatTheServerTellsTheUser) {
  EXPECT_EQ(sent(request(1, Type::Notification, "Your password\nends tomorrow")),
            (Packet{Code::Response, 1, Type::Notification, {}}));
  EXPECT_EQ(peer.notification(), "Your passwordends tomorrow");
  (void)request(2, Type::Notification, std::string(5000, 'x'));
  EXPECT_EQ(peer.notification().size(), limits::notification_size_max);
}

TEST_F(PeerTest, TheSameRequestTwiceHasTheSameResponse) {
  const auto first = sent(request(1, Type::Peap, "proof"));
  EXPECT_EQ(sent(request(1, Type::Peap, "proof")), first);
  EXPECT_TRUE(std::holds_alternative<Finished>(verdict(Code::Success, 1)));
}

TEST_F(PeerTest, ARequestThatIsIgnoredIsIgnoredAgain) {
  EXPECT_TRUE(is_ignored(request(7, Type::Nak, "")));
  EXPECT_TRUE(is_ignored(request(7, Type::Nak, ""))) << "there is no response to repeat";
  const Packet said = sent(request(1, Type::Identity, ""));
  EXPECT_TRUE(is_ignored(request(7, Type::Nak, "")));
  EXPECT_EQ(sent(request(1, Type::Identity, "")), said);
}

TEST_F(PeerTest,
       AnotherRequestWithTheSameIdentifierIsANewOne) {  // A RADIUS server counts for itself, not on from the NAS.
  (void)request(0, Type::Identity, "");
  EXPECT_EQ(to_text(sent(request(0, Type::Peap, "hello")).data), "hello");
}

TEST_F(PeerTest, AFailureSaysWhatIsKnown) {
  EXPECT_EQ(why(verdict(Code::Failure, 0)), "the server refused anonymous before it asked for a proof");
}

TEST_F(PeerTest, AFailureAfterItsNaksNamesBothSidesMethods) {
  (void)request(1, Type::Md5Challenge, "x");
  (void)request(2, Type::Gtc, "x");
  EXPECT_EQ(why(verdict(Code::Failure, 2)),
            "the server wants EAP-MD5-Challenge or EAP-GTC, and we may use EAP-TLS or PEAP or EAP-MSCHAPv2");
}

TEST_F(PeerTest, AFailureAfterAMethodThatKnowsNothingNamesIt) {
  (void)request(1, Type::Peap, "proof");
  auto step = verdict(Code::Failure, 1);
  EXPECT_EQ(why(step), "the server refused PEAP");
  EXPECT_FALSE(std::get<Finished>(step).outcome.is_success);
}

TEST_F(PeerTest, AMethodThatEndsItEndsIt) {
  EXPECT_EQ(why(request(1, Type::Peap, "end")), "it is an impostor");
  EXPECT_TRUE(is_ignored(request(2, Type::Peap, "hello")));
  EXPECT_TRUE(is_ignored(verdict(Code::Failure, 1)));
}

TEST_F(PeerTest, IgnoresWhatIsNoRequest) {
  EXPECT_TRUE(is_ignored(peer.handle_packet(encode({Code::Response, 1, Type::Identity, {}}))));
  EXPECT_TRUE(is_ignored(request(1, Type::Nak, "x")));
  const Bytes whole = encode({Code::Request, 2, Type::Peap, to_bytes("hello")});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(is_ignored(peer.handle_packet(ByteView{whole}.first(size)))) << size;
}

TEST_F(PeerTest, AConversationWithoutEndIsEnded) {
  int rounds = 0;
  Peer::Step step = Ignored{};
  do step = request(static_cast<std::uint8_t>(rounds), Type::Peap, "more");
  while (!std::holds_alternative<Finished>(step) && ++rounds < 1000);
  EXPECT_EQ(why(step), "EAP did not come to an end");
  EXPECT_EQ(rounds, limits::rounds_max);
}

}  // namespace
}  // namespace agilevpn::eap
