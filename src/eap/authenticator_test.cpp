#include "eap/authenticator.h"

#include <gmock/gmock.h>

#include "eap/limits.h"
#include "eap/nak.h"

namespace agilevpn::eap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A method that lets in who answers "yes", asks about "ask", goes on after anything else but "no".
class EchoServer final : public ServerMethod {
 public:
  explicit EchoServer(Type type) : type_(type) {}
  Type type() const override { return type_; }
  ServerStep start() override { return to_bytes("begin"); }
  ServerStep handle_response(ByteView type_data) override {
    const std::string text = to_text(type_data);
    if (text == "ask") return Question{FindPassword{"anna"}};
    if (text == "yes")
      return Outcome{.is_success = true, .reason = {}, .user = {}, .msk = Secret{64}, .error_for_user = {}};
    if (text == "no") return Outcome{.reason = "it said no"};
    return to_bytes("go on");
  }
  ServerStep handle_answer(Answer) override { return to_bytes("answered"); }

 private:
  Type type_;
};

class AuthenticatorTest : public testing::Test {
 protected:
  using Ignored = Authenticator::Ignored;
  using Send = Authenticator::Send;
  using Finished = Authenticator::Finished;

  // The last Request that was sent.
  Packet last() const { return *decode(authenticator.request()); }
  Authenticator::Step respond(Type type, ByteView data) {
    return authenticator.handle_packet(encode({Code::Response, last().identifier, type, to_bytes(data)}));
  }
  Authenticator::Step respond(Type type, std::string_view data) { return respond(type, as_bytes(data)); }
  // Past the Identity, with these methods on offer.
  Authenticator::Step begin(std::vector<Type> offers, std::string_view identity = "anna") {
    (void)authenticator.start();
    (void)respond(Type::Identity, identity);
    return authenticator.handle_answer(OfferMethods{std::move(offers)});
  }
  static bool is_ignored(const Authenticator::Step& step) { return std::holds_alternative<Ignored>(step); }
  static std::string why(const Authenticator::Step& step) {
    const auto* finished = std::get_if<Finished>(&step);
    return finished ? finished->outcome.reason : "(not over)";
  }

  std::vector<Type> makes{Type::MsChapV2, Type::Gtc, Type::Peap};
  std::vector<std::string> made_for;
  Authenticator authenticator{[this](Type type, const std::string& identity) -> std::unique_ptr<ServerMethod> {
    made_for.push_back(identity);
    if (std::ranges::find(makes, type) == makes.end()) return nullptr;
    return std::make_unique<EchoServer>(type);
  }};
};

TEST_F(AuthenticatorTest, AsksWhoIsThereAndWhatMayBeUsed) {
  const auto first = authenticator.start();
  ASSERT_TRUE(std::holds_alternative<Send>(first));
  EXPECT_EQ(std::get<Send>(first).packet, "0100000501"_hex);
  auto question = respond(Type::Identity, "anna@example.org");
  ASSERT_TRUE(std::holds_alternative<Question>(question));
  EXPECT_EQ(std::get<ChooseMethods>(std::get<Question>(question)).identity, "anna@example.org");
  EXPECT_EQ(authenticator.identity(), "anna@example.org");
  (void)authenticator.handle_answer(OfferMethods{{Type::MsChapV2}});
  EXPECT_EQ(last(), (Packet{Code::Request, 1, Type::MsChapV2, to_bytes("begin")}));
  EXPECT_THAT(made_for, ElementsAre("anna@example.org"));
}

TEST_F(AuthenticatorTest, ASuccessHasTheIdentifierOfTheResponse) {  // RFC 3748 §4.2
  (void)begin({Type::MsChapV2});
  (void)respond(Type::MsChapV2, "more");
  auto step = respond(Type::MsChapV2, "yes");
  ASSERT_TRUE(std::holds_alternative<Finished>(step));
  EXPECT_EQ(std::get<Finished>(step).packet, "03020004"_hex);
  EXPECT_TRUE(std::get<Finished>(step).outcome.is_success);
  EXPECT_EQ(std::get<Finished>(step).outcome.user, "anna") << "the identity, if the method names nobody";
}

TEST_F(AuthenticatorTest, AFailureSaysWhy) {
  (void)begin({Type::MsChapV2});
  auto step = respond(Type::MsChapV2, "no");
  EXPECT_EQ(why(step), "it said no");
  EXPECT_EQ(std::get<Finished>(step).packet, "04010004"_hex);
}

TEST_F(AuthenticatorTest, AQuestionOfTheMethodIsAnsweredByTheOwner) {
  (void)begin({Type::MsChapV2});
  EXPECT_TRUE(std::holds_alternative<Question>(respond(Type::MsChapV2, "ask")));
  EXPECT_TRUE(is_ignored(respond(Type::MsChapV2, "yes"))) << "the same Response again, while it is considered";
  (void)authenticator.handle_answer(Refused{});
  EXPECT_EQ(to_text(last().data), "answered");
  EXPECT_TRUE(is_ignored(authenticator.handle_answer(Refused{}))) << "an answer that nobody wants";
}

TEST_F(AuthenticatorTest, OffersNothingToWhomTheOwnerRefuses) {
  (void)authenticator.start();
  (void)respond(Type::Identity, "mallory");
  EXPECT_EQ(why(authenticator.handle_answer(Refused{"mallory is disabled"})), "mallory is disabled");
}

TEST_F(AuthenticatorTest, PassesOverMethodsThatTheOwnerDoesNotMake) {
  EXPECT_TRUE(std::holds_alternative<Send>(begin({Type::Tls, Type::Ttls, Type::Gtc})));
  EXPECT_EQ(authenticator.method(), Type::Gtc);
}

TEST_F(AuthenticatorTest, SaysThatThereIsNoMethod) {
  EXPECT_EQ(why(begin({Type::Tls})), "there is no EAP method that anna may use");
}

// ---- Nak

TEST_F(AuthenticatorTest, OffersTheNextMethodThatBothHave) {
  (void)begin({Type::MsChapV2, Type::Peap, Type::Gtc});
  EXPECT_TRUE(std::holds_alternative<Send>(respond(Type::Nak, encode_nak({Type::Tls, Type::Gtc}))));
  EXPECT_EQ(last().type, Type::Gtc);
  EXPECT_EQ(last().identifier, 2);
}

TEST_F(AuthenticatorTest, OurOrderDecidesAmongThem) {
  (void)begin({Type::MsChapV2, Type::Peap, Type::Gtc});
  (void)respond(Type::Nak, encode_nak({Type::Gtc, Type::Peap}));
  EXPECT_EQ(last().type, Type::Peap);
  (void)respond(Type::Nak, encode_nak({Type::Gtc}));
  EXPECT_EQ(last().type, Type::Gtc);
}

TEST_F(AuthenticatorTest, DoesNotOfferWhatWasRefusedAgain) {
  (void)begin({Type::MsChapV2, Type::Gtc});
  (void)respond(Type::Nak, encode_nak({Type::Gtc}));
  EXPECT_THAT(why(respond(Type::Nak, encode_nak({Type::MsChapV2}))),
              HasSubstr("refuses EAP-GTC and wants EAP-MSCHAPv2"));
}

TEST_F(AuthenticatorTest, ANakThatWantsWhatIsNotOfferedIsTheEnd) {
  (void)begin({Type::MsChapV2});
  EXPECT_EQ(why(respond(Type::Nak, encode_nak({Type::Tls, Type::Peap}))),
            "the peer refuses EAP-MSCHAPv2 and wants EAP-TLS or PEAP, which it may not use");
}

TEST_F(AuthenticatorTest, ANakThatWantsNothingIsTheEnd) {
  for (const Bytes& data : {"00"_hex, ""_hex, "fe"_hex}) {
    SCOPED_TRACE(to_hex(data));
    Authenticator fresh{[](Type type, const std::string&) { return std::make_unique<EchoServer>(type); }};
    std::swap(authenticator, fresh);
    (void)begin({Type::MsChapV2, Type::Gtc});
    EXPECT_THAT(why(respond(Type::Nak, data)), HasSubstr("wants nothing else"));
  }
}

TEST_F(AuthenticatorTest, UnderstandsAnExpandedNak) {  // RFC 3748 §5.3.2; a vendor's type is passed over.
  (void)begin({Type::MsChapV2, Type::Gtc, Type::Peap});
  (void)respond(Type::Expanded, "00000000000003 fe00013700000001 fe00000000000019"_hex);
  EXPECT_EQ(last().type, Type::Peap);
}

TEST_F(AuthenticatorTest, IgnoresExpandedResponsesThatAreNoNak) {
  (void)begin({Type::MsChapV2, Type::Gtc});
  for (const Bytes& data :
       {""_hex, "000000"_hex, "00000000000004"_hex, "00013700000003"_hex, "00000000000003 fe000000"_hex})
    EXPECT_TRUE(is_ignored(respond(Type::Expanded, data))) << to_hex(data);
}

TEST_F(AuthenticatorTest, ANakComesTooLateOnceTheMethodHasBegun) {
  (void)begin({Type::MsChapV2, Type::Gtc});
  (void)respond(Type::MsChapV2, "more");
  EXPECT_TRUE(is_ignored(respond(Type::Nak, encode_nak({Type::Gtc}))));
  EXPECT_EQ(last().type, Type::MsChapV2);
}

// ---- What does not belong here

TEST_F(AuthenticatorTest, IgnoresWhatDoesNotAnswerTheRequest) {
  (void)begin({Type::MsChapV2});
  const Packet right{Code::Response, 1, Type::MsChapV2, to_bytes("yes")};
  for (int identifier = 0; identifier < 256; ++identifier) {
    Packet packet = right;
    packet.identifier = static_cast<std::uint8_t>(identifier);
    if (identifier == 1) continue;
    EXPECT_TRUE(is_ignored(authenticator.handle_packet(encode(packet)))) << identifier;
  }
  EXPECT_TRUE(is_ignored(authenticator.handle_packet(encode({Code::Request, 1, Type::MsChapV2, to_bytes("yes")}))));
  EXPECT_TRUE(is_ignored(authenticator.handle_packet(encode({Code::Success, 1}))));
  EXPECT_TRUE(is_ignored(authenticator.handle_packet(encode({Code::Response, 1, Type::Identity, to_bytes("yes")}))));
  EXPECT_TRUE(is_ignored(authenticator.handle_packet(encode({Code::Response, 1, Type::Gtc, to_bytes("yes")}))));
  const Bytes whole = encode(right);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(is_ignored(authenticator.handle_packet(ByteView{whole}.first(size)))) << size;
  EXPECT_TRUE(std::holds_alternative<Finished>(authenticator.handle_packet(whole)));
}

TEST_F(AuthenticatorTest, ANakDoesNotAnswerWhoAreYou) {
  (void)authenticator.start();
  EXPECT_TRUE(is_ignored(respond(Type::Nak, encode_nak({Type::Gtc}))));
}

TEST_F(AuthenticatorTest, TheSameResponseTwiceCountsOnce) {
  (void)begin({Type::MsChapV2});
  const Bytes response = encode({Code::Response, 1, Type::MsChapV2, to_bytes("more")});
  EXPECT_TRUE(std::holds_alternative<Send>(authenticator.handle_packet(response)));
  EXPECT_TRUE(is_ignored(authenticator.handle_packet(response)));
  EXPECT_EQ(last().identifier, 2);
}

TEST_F(AuthenticatorTest, AfterTheEndNothingIsAnswered) {
  (void)begin({Type::MsChapV2});
  const Bytes response = encode({Code::Response, 1, Type::MsChapV2, to_bytes("no")});
  (void)authenticator.handle_packet(response);
  EXPECT_TRUE(is_ignored(authenticator.handle_packet(response)));
  EXPECT_TRUE(is_ignored(authenticator.handle_answer(Refused{})));
}

TEST_F(AuthenticatorTest, AConversationWithoutEndIsEnded) {
  auto step = begin({Type::MsChapV2});
  int rounds = 2;
  for (; std::holds_alternative<Send>(step) && rounds < 1000; ++rounds) step = respond(Type::MsChapV2, "more");
  EXPECT_EQ(why(step), "EAP did not come to an end");
  EXPECT_EQ(rounds, limits::rounds_max + 1);
}

TEST_F(AuthenticatorTest, IdentifiersGoRoundAfter255) {
  Authenticator late{[](Type type, const std::string&) { return std::make_unique<EchoServer>(type); }, 255};
  std::swap(authenticator, late);
  (void)begin({Type::MsChapV2});
  EXPECT_EQ(last().identifier, 0);
}

// ---- Identities

TEST_F(AuthenticatorTest, AnEmptyIdentityIsOne) {  // As Android sends it; IKE's IDi has the name.
  (void)authenticator.start();
  EXPECT_TRUE(std::holds_alternative<Question>(respond(Type::Identity, "")));
}

TEST_F(AuthenticatorTest, AnIdentityThatIsNoNameIsTheEnd) {
  for (const std::string& identity : {std::string(limits::identity_size_max + 1, 'x'), std::string("an\nna"),
                                      std::string("anna\0", 5), std::string("\x1b[2J")}) {
    Authenticator fresh{[](Type type, const std::string&) { return std::make_unique<EchoServer>(type); }};
    std::swap(authenticator, fresh);
    (void)authenticator.start();
    EXPECT_THAT(why(respond(Type::Identity, identity)), HasSubstr("no name")) << identity;
  }
}

TEST_F(AuthenticatorTest, TheLongestIdentityIsTaken) {
  (void)authenticator.start();
  EXPECT_TRUE(std::holds_alternative<Question>(respond(Type::Identity, std::string(limits::identity_size_max, 'x'))));
}

TEST_F(AuthenticatorTest, AnIdentityInTheCodePageOfWindowsIsReadAsText) {
  (void)authenticator.start();
  (void)respond(Type::Identity, "J\xfcrgen \x80");
  EXPECT_EQ(authenticator.identity(), "Jürgen €");
}

}  // namespace
}  // namespace agilevpn::eap
