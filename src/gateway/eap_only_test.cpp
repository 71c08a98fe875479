// A method alone proves the gateway (RFC 5998): who is shown no certificate first, and what must come of it.
#include <gtest/gtest.h>

#include "eap/tls_fixture.h"
#include "gateway/logins.h"
#include "radius/fake_server.h"

namespace agilevpn::gateway {
namespace {

using eap::Type;

ike::Credentials house_credentials() {
  const eap::TlsHouse& house = eap::TlsHouse::get();
  return ike::Credentials{crypto::Verifier{{house.ca.certificate()}, {}}, {{"gateway", house.server.key}}};
}

Config eap_only_config() {
  Config config{.name = "vpn.example.org", .identity = ike::wire::Identity::parse("vpn.example.org")};
  config.certificate = ike::certificate_auth(eap::TlsHouse::get().server.chain, "gateway");
  config.eap_methods = {Type::Gtc, Type::Tls};
  config.eap_only = true;
  config.rules.resize(1);
  return config;
}

Config relaying_config() {
  Config config = eap_only_config();
  config.eap_methods.clear();
  config.certificate.reset();
  config.radius.push_back({.name = "radius1", .secret = radius::test_secret()});
  return config;
}

// One login of somebody who asks for it, or not.
class EapOnly : public testing::Test {
 protected:
  void start(Config config, bool asks_for_it = true) {
    logins.emplace(std::make_shared<const Config>(std::move(config)), credentials, random);
    ike::AuthenticatePeer peer{
        .ike_sa = anna, .path = {}, .peer = ike::wire::Identity::parse("anna"), .uses_eap = true};
    peer.takes_eap_alone = asks_for_it;
    logins->begin(now, ask, peer, "session");
  }
  template <class Kind>
  Kind next() {  // Throws if it is of another kind.
    return std::get<Kind>(logins->poll_conclusion().value());
  }
  template <class Kind>
  Kind replied() {
    return std::get<Kind>(next<Reply>().answer);
  }
  void respond(std::uint8_t identifier, Type type) {
    logins->handle_packet(now, WallTime{}, ask,
                          {anna, eap::encode({eap::Code::Response, identifier, type, to_bytes("anna")})});
  }
  // The method of the first Request after the Identity.
  Type offered() {
    respond(0, Type::Identity);
    next<UserAsk>();
    logins->handle_user(now, anna, User{.name = "anna"});
    return eap::decode(replied<ike::EapReply>().packet)->type;
  }
  // A RADIUS server answers so what it was asked last.
  template <class Result>
  void answer(Result result) {
    radius::FakeServer server;
    radius::Client& client = *logins->radius();
    const auto asked = client.poll_transmit().value();
    client.handle_datagram(now, asked.channel, server.handle(asked.datagram).value());
    radius::Answer answered = client.poll_answer().value();
    answered.result = std::move(result);
    logins->handle_radius_answer(now, std::move(answered));
  }
  static Bytes packet(eap::Code code, Type type = Type::None) {
    return eap::encode({code, 1, type, type == Type::None ? Bytes{} : to_bytes("x")});
  }
  // Its login by this method at a RADIUS server, which lets it in with this key.
  void log_in_by(Type method, Secret msk) {
    start(relaying_config());
    EXPECT_FALSE(replied<ike::EapStarted>().auth);
    respond(0, Type::Identity);
    answer(radius::Challenge{radius::Attributes{}.add_eap(packet(eap::Code::Request, method))});
    replied<ike::EapReply>();
    respond(1, method);
    answer(radius::Accept{radius::Attributes{}.add_eap(packet(eap::Code::Success)), std::move(msk)});
  }

  const Instant now{};
  const ike::AskId ask{7};
  const ike::IkeSaId anna{1};
  const ike::Credentials credentials = house_credentials();
  SeededRandom random{1};
  std::optional<Logins> logins;
};

TEST_F(EapOnly, WhoAsksForItIsShownNoCertificateAndOfferedOnlyWhatProvesTheGateway) {
  start(eap_only_config());
  EXPECT_FALSE(replied<ike::EapStarted>().auth);
  EXPECT_EQ(offered(), Type::Tls);
}

TEST_F(EapOnly, WhoDoesNotAskForItIsShownTheCertificateAndOfferedAnything) {
  start(eap_only_config(), false);
  EXPECT_TRUE(replied<ike::EapStarted>().auth);
  EXPECT_EQ(offered(), Type::Gtc);
}

TEST_F(EapOnly, AGatewayThatIsNotToldToShowsItsCertificateToAll) {
  Config config = eap_only_config();
  config.eap_only = false;
  start(std::move(config));
  EXPECT_TRUE(replied<ike::EapStarted>().auth);
  EXPECT_EQ(offered(), Type::Gtc);
}

TEST_F(EapOnly, WithoutAKeyForTlsTheCertificateIsShown) {
  Config config = eap_only_config();
  config.certificate->key = "on a token";
  start(std::move(config));
  EXPECT_TRUE(replied<ike::EapStarted>().auth);
}

TEST_F(EapOnly, AGatewayWithoutACertificateRefusesWhoDoesNotAskForIt) {
  start(relaying_config(), false);
  EXPECT_EQ(next<NotLetIn>().fact.cause, Refusal::NoOwnCertificate);
  replied<ike::Refused>();
}

TEST_F(EapOnly, ARadiusServersMethodThatProvesItLetsTheUserIn) {
  for (const Type method : {Type::Tls, Type::Ttls, Type::Peap}) {
    log_in_by(method, Secret{64});
    EXPECT_EQ(next<LetIn>().ike_sa, anna);
    const auto success = replied<ike::EapSucceeded>();
    EXPECT_TRUE(success.proves_server);
    EXPECT_EQ(success.method, eap::to_string(method) + ", by RADIUS");
  }
}

TEST_F(EapOnly, ARadiusServersMethodThatProvesNobodyOrMakesNoKeyLetsNobodyIn) {
  const auto refusal = [&](Type method, Secret msk) {
    log_in_by(method, std::move(msk));
    next<NotLetIn>();
    return replied<ike::Refused>().reason;
  };
  EXPECT_NE(refusal(Type::MsChapV2, Secret{64}).find("EAP-MSCHAPv2"), std::string::npos);
  EXPECT_NE(refusal(Type::Tls, {}).find("EAP-TLS"), std::string::npos);
}

}  // namespace
}  // namespace agilevpn::gateway
