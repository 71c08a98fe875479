// EAP-MSCHAPv2, both roles against each other and each against what others sent.
#include <gmock/gmock.h>

#include "eap/conversation_fixture.h"
#include "eap/mschapv2_peer.h"
#include "eap/mschapv2_server.h"

namespace agilevpn::eap {
namespace {

using mschapv2::Acknowledgement;
using mschapv2::ErrorCode;
using mschapv2::OpCode;
using mschapv2::Refusal;
using testing::ElementsAre;
using testing::HasSubstr;

class MsChapV2 : public testing::Test {
 protected:
  // What anna's password is; the passwords that she types, one after another.
  void log_in(const std::string& user, std::string_view right, std::vector<std::string> typed) {
    conversation.peer = make_peer(user);
    conversation.answer_server = [this, right](const Question& question) { return serve(question, right); };
    conversation.answer_peer = [this, typed](const Question& question) mutable { return type(question, typed); };
    conversation.run();
  }

  Authenticator make_server() {
    return Authenticator{
        [this](Type, const std::string&) { return std::make_unique<MsChapV2Server>(mschap, server_random); }};
  }
  Peer make_peer(const std::string& user) {
    return Peer{user, {Type::MsChapV2}, [this, user](Type) {
                  return std::make_unique<MsChapV2Peer>(mschap, peer_random, user);
                }};
  }

  Answer serve(const Question& question, std::string_view right) {
    if (std::holds_alternative<ChooseMethods>(question)) return OfferMethods{{Type::MsChapV2}};
    asked_for.push_back(std::get<FindPassword>(question).user);
    if (right.empty()) return Refused{"there is no such user"};
    return PasswordHash{*mschap.nt_password_hash(Secret::copy_of(as_bytes(right)))};
  }
  Answer type(const Question& question, std::vector<std::string>& typed) {
    prompts.push_back(std::get<AskPassword>(question));
    if (typed.empty()) return Refused{"the user pressed Cancel"};
    const std::string text = typed.front();
    typed.erase(typed.begin());
    return password(text);
  }

  crypto::MsChap mschap = *crypto::MsChap::load();
  SeededRandom server_random{1}, peer_random{2};
  Conversation conversation{make_server(), make_peer("")};
  std::vector<std::string> asked_for;
  std::vector<AskPassword> prompts;
};

TEST_F(MsChapV2, EndsWithTheSameKeyOnBothSides) {
  log_in("anna", "secret", {"secret"});
  EXPECT_TRUE(conversation.has_succeeded()) << conversation.server_reason() << conversation.peer_reason();
  EXPECT_EQ(conversation.server_outcome->user, "anna");
  EXPECT_EQ(conversation.server_outcome->msk.size(), 64u);
  EXPECT_EQ(conversation.packets.size(), 7u);
  EXPECT_EQ(conversation.packets.back().code, Code::Success);
  EXPECT_FALSE(conversation.peer_outcome->proves_server) << "RFC 5998 §4: it does not withstand dictionaries";
}

TEST_F(MsChapV2, TakesNamesWithDomainAndRealmAndOfAnyScript) {
  for (const std::string user : {"DOMAIN\\anna", "anna@example.org", "Jürgen", "Анна"}) {
    asked_for.clear();
    Conversation fresh{make_server(), make_peer(user)};
    std::swap(conversation, fresh);
    log_in(user, "Grüße 😀", {"Grüße 😀"});
    EXPECT_TRUE(conversation.has_succeeded()) << user;
    EXPECT_THAT(asked_for, ElementsAre(user));
  }
}

TEST_F(MsChapV2, AWrongPasswordMayBeTriedAgain) {
  log_in("anna", "secret", {"Secret", "secret"});
  EXPECT_TRUE(conversation.has_succeeded()) << conversation.server_reason();
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_FALSE(prompts[0].was_wrong);
  EXPECT_TRUE(prompts[1].was_wrong);
  EXPECT_THAT(prompts[1].prompt, HasSubstr("Wrong user name or password"));
}

TEST_F(MsChapV2, ThreeWrongPasswordsAreTheEnd) {
  log_in("anna", "secret", {"a", "b", "c", "secret"});
  EXPECT_EQ(prompts.size(), 3u);
  EXPECT_EQ(conversation.server_reason(), "the password of anna is wrong");
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("the password is wrong (error 691)"));
  EXPECT_EQ(conversation.peer_outcome->error_for_user, conversation.peer_reason());
  EXPECT_EQ(conversation.packets.back().code, Code::Failure);
}

TEST_F(MsChapV2, EachTryHasAChallengeOfItsOwn) {
  log_in("anna", "secret", {"a", "b", "c"});
  std::vector<Bytes> challenges;
  for (const Packet& packet : conversation.packets) {
    if (packet.code != Code::Request || packet.type != Type::MsChapV2) continue;
    const auto request = *mschapv2::decode_request(packet.data);
    if (const auto* challenge = std::get_if<mschapv2::Challenge>(&request))
      challenges.push_back(to_bytes(challenge->challenge));
    if (const auto* refusal = std::get_if<Refusal>(&request)) challenges.push_back(to_bytes(*refusal->challenge));
  }
  ASSERT_EQ(challenges.size(), 4u);
  std::ranges::sort(challenges);
  EXPECT_EQ(std::ranges::adjacent_find(challenges), challenges.end());
}

TEST_F(MsChapV2, GivingUpAfterAWrongPasswordSaysThatItWasWrong) {
  log_in("anna", "secret", {"Secret"});
  EXPECT_EQ(conversation.server_reason(), "the password of anna is wrong");
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("wrong (error 691)"));
}

TEST_F(MsChapV2, WithoutAnyPasswordNothingIsSaid) {
  log_in("anna", "secret", {});
  EXPECT_EQ(conversation.peer_reason(), "the user pressed Cancel");
  EXPECT_FALSE(conversation.server_outcome);
}

TEST_F(MsChapV2, AnUnknownUserLooksLikeAWrongPassword) {
  log_in("anna", "", {"a", "b", "c"});
  EXPECT_EQ(conversation.server_reason(), "there is no such user");
  const auto unknown = std::move(conversation.packets);
  server_random = SeededRandom{1}, peer_random = SeededRandom{2};
  Conversation again{make_server(), make_peer("anna")};
  std::swap(conversation, again);
  log_in("anna", "secret", {"a", "b", "c"});
  EXPECT_EQ(conversation.packets, unknown);
}

TEST_F(MsChapV2, APasswordThatCannotBeHashedEndsIt) {
  log_in("anna", "secret", {"\xff"});
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("UTF-8"));
}

// ---- Each role alone

// The exchange that Android's compatibility tests recorded of a strongSwan gateway.
class RecordedMsChapV2 : public MsChapV2 {
 protected:
  const Bytes challenge = "01540024102a376fcf5f5791da4f193ad24e9f6d937374726f6e675377616e"_hex;
  const Bytes success =
      "03540044533d46303639424335373639374530424135423444424539333530303530343244423535423546323139204d3d57656c636f6d65327374726f6e675377616e00"_hex;
  const std::string msk = "e2908c9dee59b21e5945ef6519979098fd5ddb195fa51a5a995848ed3fb0d855";
  FixedRandom random{"46b8eca226de2f7510a755867f370a89"_hex};
  MsChapV2Peer peer{mschap, random, "mschapv2user"};

  Bytes fitting(Bytes octets) {
    octets[3] = static_cast<std::byte>(octets.size());
    return octets;
  }
  void respond() {
    EXPECT_TRUE(std::holds_alternative<Question>(peer.handle_request(fitting(challenge))));
    EXPECT_EQ(to_hex(sent(peer.handle_answer(password("password")))).substr(58, 48),
              "bda4e4f2cc0a9cea95a075bf08b7558ec9f34cc681a35ed0");
  }
};

TEST_F(RecordedMsChapV2, ThePeerAgreesWithStrongSwan) {
  respond();
  EXPECT_FALSE(peer.is_done());
  EXPECT_EQ(sent(peer.handle_request(success)), "03"_hex);
  EXPECT_TRUE(peer.is_done());
  EXPECT_EQ(to_hex(peer.finish().msk.view().first(32)), msk);
}

TEST_F(RecordedMsChapV2, AServerThatDoesNotKnowThePasswordIsNotBelieved) {
  respond();
  Bytes forged = success;
  forged[10] ^= std::byte{1};
  EXPECT_THAT(reason(peer.handle_request(forged)), HasSubstr("does not know the password"));
  EXPECT_FALSE(peer.is_done());
}

TEST_F(RecordedMsChapV2, ASuccessBeforeTheResponseEndsIt) {
  EXPECT_TRUE(is_over(peer.handle_request(success)));
  EXPECT_FALSE(peer.is_done());
}

TEST_F(RecordedMsChapV2, ASecondChallengeOrAFailureOutOfTurnEndsIt) {
  respond();
  EXPECT_TRUE(is_over(peer.handle_request(fitting(challenge))));
  MsChapV2Peer fresh{mschap, random, "mschapv2user"};
  EXPECT_TRUE(is_over(fresh.handle_request(encode(Refusal{.challenge = {}, .message = {}}))));
}

TEST_F(RecordedMsChapV2, EveryErrorIsSaidToTheUserAndAcknowledged) {
  for (const auto error : {ErrorCode::RestrictedLogonHours, ErrorCode::AccountDisabled, ErrorCode::PasswordExpired,
                           ErrorCode::NoDialinPermission, ErrorCode::ChangingPassword}) {
    MsChapV2Peer one{mschap, random, "mschapv2user"};
    (void)one.handle_request(fitting(challenge));
    (void)one.handle_answer(password("password"));
    const Refusal refusal{.error = error, .may_retry = true, .challenge = crypto::MsChapChallenge{}, .message = {}};
    EXPECT_EQ(sent(one.handle_request(encode(refusal))), "04"_hex) << "another password would not help";
    EXPECT_EQ(one.fail().error_for_user, explain(refusal));
  }
}

TEST_F(MsChapV2, TheServerAgreesWithRfc2759) {
  FixedRandom random{"5b5d7c7d7b3f2f3e3c2c602132262628"_hex};
  MsChapV2Server server{mschap, random, {.name = "x"}};
  EXPECT_EQ(sent(server.start()), "01010016105b5d7c7d7b3f2f3e3c2c60213226262878"_hex);
  const auto question = server.handle_response(
      "0201003a3121402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6df0055736572"_hex);
  ASSERT_TRUE(std::holds_alternative<Question>(question));
  const auto success = server.handle_answer(PasswordHash{Secret{"44ebba8d5312b8d611474411f56989ae"_hex}});
  EXPECT_THAT(to_text(sent(success)), HasSubstr("S=407A5589115FD0D6209F510FE9C04566932CDA56 M="));
  auto outcome = server.handle_response("03"_hex);
  ASSERT_TRUE(is_over(outcome) && std::get<Outcome>(outcome).is_success);
  EXPECT_EQ(to_hex(std::get<Outcome>(outcome).msk.view()),
            "d5f0e9521e3ea9589645e86051c822268b7cdc149b993a1ba118cb153f56dccb" + std::string(64, '0'));
}

class MsChapV2ServerAlone : public MsChapV2 {
 protected:
  // What a peer with this password answers to a challenge or to a failure.
  Bytes response(ByteView request, std::string_view text, std::optional<std::uint8_t> id = std::nullopt) {
    const auto decoded = *mschapv2::decode_request(request);
    const auto* fresh = std::get_if<mschapv2::Challenge>(&decoded);
    const auto* refusal = std::get_if<Refusal>(&decoded);
    const crypto::MsChapInputs inputs{fresh ? fresh->challenge : *refusal->challenge, {}, "anna"};
    const Secret hash = *mschap.nt_password_hash(Secret::copy_of(as_bytes(text)));
    return encode(
        mschapv2::Response{id.value_or(fresh ? fresh->id : refusal->id), {}, mschap.nt_response(hash, inputs), "anna"});
  }
  ServerStep answer(std::string_view right) {
    return server.handle_answer(PasswordHash{*mschap.nt_password_hash(Secret::copy_of(as_bytes(right)))});
  }

  MsChapV2Server server{mschap, server_random};
  Bytes challenge = sent(server.start());
};

TEST_F(MsChapV2ServerAlone, TakesARetryWithTheSameOrTheNextIdentifier) {
  for (const int step : {0, 1, 2}) {
    MsChapV2Server fresh{mschap, server_random};
    const Bytes first = sent(fresh.start());
    (void)fresh.handle_response(response(first, "wrong"));
    const Bytes refusal = sent(fresh.handle_answer(PasswordHash{Secret{16}}));
    const auto next = fresh.handle_response(
        response(refusal, "secret", static_cast<std::uint8_t>(std::to_integer<int>(first[1]) + step)));
    EXPECT_EQ(std::holds_alternative<Question>(next), step < 2) << step;
  }
}

TEST_F(MsChapV2ServerAlone, TakesNoFirstResponseWithAnotherIdentifier) {
  EXPECT_THAT(reason(server.handle_response(response(challenge, "secret", 2))), HasSubstr("another challenge"));
}

TEST_F(MsChapV2ServerAlone, AResponseOfAnEarlierLoginProvesNothing) {
  MsChapV2Server next{mschap, server_random};
  const Bytes second = sent(next.start());
  EXPECT_NE(second, challenge);
  (void)next.handle_response(response(challenge, "secret"));
  const auto verdict = next.handle_answer(PasswordHash{*mschap.nt_password_hash(Secret::copy_of(as_bytes("secret")))});
  EXPECT_TRUE(std::holds_alternative<Refusal>(*mschapv2::decode_request(sent(verdict))));
}

TEST_F(MsChapV2ServerAlone, AFailureResponseWhileARetryIsOpenEndsItAsAndroidDoes) {
  (void)server.handle_response(response(challenge, "wrong"));
  (void)answer("secret");
  EXPECT_EQ(reason(server.handle_response(encode(Acknowledgement{OpCode::Failure}))), "the password of anna is wrong");
}

TEST_F(MsChapV2ServerAlone, AFailureResponseToItsSuccessIsNoSuccess) {
  (void)server.handle_response(response(challenge, "secret"));
  (void)answer("secret");
  EXPECT_THAT(reason(server.handle_response(encode(Acknowledgement{OpCode::Failure}))), HasSubstr("does not believe"));
}

TEST_F(MsChapV2ServerAlone, ASuccessResponseBeforeTheProofIsNoSuccess) {
  EXPECT_THAT(reason(server.handle_response(encode(Acknowledgement{OpCode::Success}))), HasSubstr("out of turn"));
}

TEST_F(MsChapV2ServerAlone, ASuccessResponseToAFailureIsNoSuccess) {
  (void)server.handle_response(response(challenge, "wrong"));
  (void)answer("secret");
  const auto step = server.handle_response(encode(Acknowledgement{OpCode::Success}));
  EXPECT_TRUE(is_over(step) && !std::get<Outcome>(step).is_success);
}

TEST_F(MsChapV2ServerAlone, ADamagedHashIsARefusalThatSaysSo) {
  (void)server.handle_response(response(challenge, "secret"));
  (void)server.handle_answer(PasswordHash{Secret{7}});
  EXPECT_THAT(reason(server.handle_response(encode(Acknowledgement{OpCode::Failure}))), HasSubstr("damaged"));
}

TEST_F(MsChapV2ServerAlone, ANameThatIsNoneEndsIt) {
  mschapv2::Response bad{.id = 1, .name = "an\nna"};
  EXPECT_THAT(reason(server.handle_response(encode(bad))), HasSubstr("no name"));
}

TEST_F(MsChapV2ServerAlone, ANameInTheCodePageOfWindowsIsHashedAsSentAndFoundAsText) {
  crypto::MsChapInputs inputs{{}, {}, "J\xfcrgen"};
  std::ranges::copy(ByteView{challenge}.subspan<5, 16>(), inputs.authenticator_challenge.begin());
  const Secret hash = *mschap.nt_password_hash(Secret::copy_of(as_bytes("secret")));
  const auto question =
      server.handle_response(encode(mschapv2::Response{1, {}, mschap.nt_response(hash, inputs), inputs.user}));
  ASSERT_TRUE(std::holds_alternative<Question>(question));
  EXPECT_EQ(std::get<FindPassword>(std::get<Question>(question)).user, "Jürgen");
  EXPECT_TRUE(std::holds_alternative<mschapv2::Success>(*mschapv2::decode_request(sent(answer("secret")))));
}

}  // namespace
}  // namespace agilevpn::eap
