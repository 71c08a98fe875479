#include "gateway/logins.h"

#include <gtest/gtest.h>

#include "eap/packet.h"
#include "gateway/limits.h"

namespace agilevpn::gateway {
namespace {

constexpr Instant login_start{};

Config gtc_config() {
  Config config{.name = "vpn.example.org", .identity = ike::wire::Identity::parse("vpn.example.org")};
  config.certificate = ike::CertificateAuth{};
  config.eap_methods = {eap::Type::Gtc};
  config.rules.resize(1);
  config.rules[0].name = "staff";
  return config;
}

// Users log in by EAP-GTC; whether a password is right, each test says.
class LoginsTest : public testing::Test {
 protected:
  template <class Kind>
  Kind next() {  // Throws if it is of another kind.
    return std::get<Kind>(logins.poll_conclusion().value());
  }
  bool is_quiet() { return !logins.poll_conclusion(); }

  void begin(ike::IkeSaId id) {
    ike::AuthenticatePeer peer{.ike_sa = id, .path = {}, .peer = ike::wire::Identity::parse("anna"), .uses_eap = true};
    peer.path.peer = {IpAddress::v4(198, 51, 100, 7), 4500};
    logins.begin(now, ask, peer, "session");
  }
  void respond(ike::IkeSaId id, const ike::Answer& to, eap::Type type, std::string_view data) {
    const auto* started = std::get_if<ike::EapStarted>(&to);
    const auto request = eap::decode(started ? started->packet : std::get<ike::EapReply>(to).packet);
    const eap::Packet response{eap::Code::Response, request->identifier, type, to_bytes(data)};
    logins.handle_packet(now, WallTime{}, ask, {id, eap::encode(response)});
  }
  // As far as its password, which the gateway has then.
  void type_password(ike::IkeSaId id) {
    begin(id);
    respond(id, next<Reply>().answer, eap::Type::Identity, "anna");
    EXPECT_TRUE(std::holds_alternative<FindUser>(next<UserAsk>().question));
    logins.handle_user(now, id, User{.name = "anna", .group = "staff"});
    respond(id, next<Reply>().answer, eap::Type::Gtc, "a password");
  }
  void guess_wrong(ike::IkeSaId id) {
    type_password(id);
    EXPECT_TRUE(std::holds_alternative<CheckPassword>(next<UserAsk>().question));
    logins.handle_user(now, id, Failure{NoUser{.reason = "wrong", .cause = Refusal::WrongPassword}});
    while (logins.poll_conclusion()) {
    }
    logins.handle_closed({.ike_sa = id});
    while (logins.poll_conclusion()) {
    }
  }

  Instant now = login_start;
  const ike::AskId ask{7};
  const ike::IkeSaId anna{1};
  const ike::Credentials credentials{crypto::Verifier{{}, {}}};
  SeededRandom random{1};
  Logins logins{std::make_shared<const Config>(gtc_config()), credentials, random};
};

TEST_F(LoginsTest, ARightPasswordLetsTheUserInBeforeTheEngineHearsOfIt) {
  type_password(anna);
  EXPECT_TRUE(std::holds_alternative<CheckPassword>(next<UserAsk>().question));
  logins.handle_user(now, anna, User{.name = "anna", .group = "staff"});
  const LetIn in = next<LetIn>();
  EXPECT_EQ(in.ike_sa, anna);
  EXPECT_EQ(in.session.peer.to_string(), "anna");
  EXPECT_EQ(in.session.rule->name, "staff");
  EXPECT_EQ(in.session.method, "eap-gtc");
  EXPECT_TRUE(in.session.is_kept);
  const Reply reply = next<Reply>();
  EXPECT_EQ(reply.ask, ask);
  EXPECT_TRUE(std::holds_alternative<ike::EapSucceeded>(reply.answer));
  EXPECT_TRUE(is_quiet());
}

TEST_F(LoginsTest, EapThatIsNotOfferedIsRefused) {
  Config config = gtc_config();
  config.eap_methods.clear();
  logins.reconfigure(std::make_shared<const Config>(std::move(config)));
  begin(anna);
  EXPECT_EQ(next<NotLetIn>().fact.cause, Refusal::NoEap);
  EXPECT_TRUE(std::holds_alternative<ike::Refused>(next<Reply>().answer));
  EXPECT_TRUE(is_quiet());
}

TEST_F(LoginsTest, WhoLeavesIsToldOfOnceAndBySomebodyElsesRefusalNotAtAll) {
  begin(anna);
  next<Reply>();
  logins.handle_closed({.ike_sa = anna});
  EXPECT_EQ(next<NotLetIn>().fact.cause, Refusal::LeftAtOnce);
  logins.handle_closed({.ike_sa = anna});
  EXPECT_TRUE(is_quiet());

  begin(anna);
  next<Reply>();
  logins.note_refused(anna);
  logins.handle_closed({.ike_sa = anna});
  EXPECT_TRUE(is_quiet());
}

TEST_F(LoginsTest, AfterTyposAPasswordWaitsUntilItsTimeHasCome) {
  for (int i = 0; i < limits::typos; ++i) guess_wrong({10 + static_cast<std::uint64_t>(i)});
  EXPECT_FALSE(logins.poll_timeout());
  type_password(anna);
  const auto delayed = std::get<LoginDelayed>(next<Event>());
  EXPECT_EQ(delayed.ike_sa, anna);
  EXPECT_TRUE(is_quiet());
  EXPECT_EQ(logins.poll_timeout(), now + delayed.delay);
  now += delayed.delay;
  logins.handle_timeout(now);
  EXPECT_TRUE(std::holds_alternative<CheckPassword>(next<UserAsk>().question));
  EXPECT_FALSE(logins.poll_timeout());
}

TEST_F(LoginsTest, WhatWaitsIsForgottenWithItsLogin) {
  for (int i = 0; i < limits::typos; ++i) guess_wrong({10 + static_cast<std::uint64_t>(i)});
  type_password(anna);
  next<Event>();
  logins.forget(anna);
  EXPECT_FALSE(logins.poll_timeout());
  logins.handle_timeout(now + 1h);
  EXPECT_TRUE(is_quiet());
}

}  // namespace
}  // namespace agilevpn::gateway
