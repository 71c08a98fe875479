// Logins by EAP that fail, at real pairs of client and gateway.
#include "radius/fake_server.h"
#include "sim/pair.h"
#include "tests/diagnosis/planted.h"

namespace agilevpn::roles {
namespace {

using diagnosis::Step;
using gateway::NoUser;
using gateway::Refusal;

class Logins : public Planted {
 protected:
  void refuse_user(NoUser answer) {
    users = [answer](const gateway::UserQuestion&) -> gateway::UserAnswer { return Failure{answer}; };
  }
  void use_radius() {
    config.eap_methods.clear();
    config.radius.push_back({.name = "radius1", .secret = radius::test_secret()});
  }
};

TEST_F(Logins, NothingIsWrongIfNothingIsBroken) {
  use_passwords("the right one");
  run();
  EXPECT_EQ(client->role().state(), client::State::Connected);
  EXPECT_EQ(attempts.last(), nullptr);
}

TEST_F(Logins, AWrongPassword) {
  use_passwords("the wrong one");
  run();
  const auto found = why("anna");
  EXPECT_EQ(found.explanations.front().cause, "wrong-password");
  EXPECT_EQ(found.step, Step::Identities);
  EXPECT_THAT(found.explanations.front().cures, Contains("or give a new one: agilevpn user password anna"));
  EXPECT_EQ(cause_by_client(), "wrong-password");
}

TEST_F(Logins, AWrongPasswordOfAClientThatGoesAwayWithoutAWord) {
  use_passwords("the wrong one");
  start_gateway(pki.trust(gateway_holder));
  start_client(pki.trust(client_holder));
  w.world.run_for(400ms);
  client.reset();
  w.world.run_for(60s);
  EXPECT_EQ(cause(), "wrong-password");
}

TEST_F(Logins, AnUnknownUser) {
  use_passwords("some password");
  refuse_user({"there is no user anna", true});
  run();
  EXPECT_EQ(cause(), "unknown-user");
}

TEST_F(Logins, ADisabledUser) {
  use_passwords("the right one");
  refuse_user({.reason = "anna is disabled", .cause = Refusal::UserDisabled});
  run();
  EXPECT_EQ(cause(), "disabled-user");
  EXPECT_THAT(why().explanations.front().cures, testing::ElementsAre("agilevpn user enable anna"));
}

TEST_F(Logins, AnExpiredUser) {
  use_passwords("the right one");
  refuse_user({.reason = "anna has expired", .cause = Refusal::UserExpired});
  run();
  EXPECT_EQ(cause(), "expired-user");
}

TEST_F(Logins, APasswordThatIsKeptByScrypt) {
  use_passwords("the right one");
  users = [](const gateway::UserQuestion&) -> gateway::UserAnswer { return gateway::User{"anna", "staff", {}}; };
  run();
  EXPECT_EQ(cause(), "no-password-hash");
}

TEST_F(Logins, AClientThatWantsAnotherMethod) {
  use_passwords("the right one");
  profile.eap->methods = {eap::Type::Gtc};
  run();
  EXPECT_EQ(cause(), "method-refused");
  EXPECT_THAT(why().explanations.front().cures, Contains(HasSubstr("EAP-MSCHAPv2")));
  EXPECT_EQ(cause_by_client(), "eap-refused");
}

TEST_F(Logins, MsChapV2IsSwitchedOff) {
  use_passwords("the right one");
  config.mschap.reset();
  run();
  EXPECT_EQ(cause(), "no-method");
}

TEST_F(Logins, AGatewayWithoutUsers) {  // The client sends no AUTH.
  use_passwords("the right one");
  config.eap_methods.clear();
  run();
  EXPECT_EQ(cause(), "no-eap");
}

TEST_F(Logins, APasswordOnlyGatewayWithoutACertificate) {  // S43
  use_passwords("the right one");
  config.certificate.reset();
  run();
  EXPECT_EQ(cause(), "no-own-certificate");
}

TEST_F(Logins, AClientThatDoesNotTrustTheGatewaysCa) {
  use_passwords("the right one");
  run(Pki{}.trust(client_holder), pki.trust(gateway_holder), 60s);
  EXPECT_EQ(cause(), "gateway-not-believed");
  EXPECT_EQ(why().step, Step::Identities);
  EXPECT_EQ(cause_by_client(), "unknown-ca");
}

TEST_F(Logins, ACertificateOfAClientIsNoGatewayForPasswordsEither) {  // S50, S77
  use_passwords("the right one");
  gateway_holder =
      pki.issue(Pki::Profile::Client, "CN=vpn.example.org", {Pki::Name::Kind::Dns, to_bytes("vpn.example.org")});
  config.certificate = gateway_holder.auth();
  run(60s);
  EXPECT_EQ(cause(), "own-certificate-usage");
  EXPECT_EQ(cause_by_client(), "wrong-usage");
}

// ---- Certificates inside EAP

TEST_F(Logins, NothingIsWrongWithAGoodCertificateInsideEap) {
  use_eap_tls();
  run();
  EXPECT_EQ(client->role().state(), client::State::Connected);
  EXPECT_EQ(attempts.last(), nullptr);
}

TEST_F(Logins, ARevokedCertificateInsideEap) {
  pki.revoked.push_back({client_holder.certificate.serial(), now_wall - std::chrono::days{1}});
  use_eap_tls();
  run();
  const auto found = why("anna@example.org");
  EXPECT_EQ(found.explanations.front().cause, "revoked");
  EXPECT_EQ(found.step, Step::Identities);
  EXPECT_EQ(cause_by_client(), "eap-refused");
}

TEST_F(Logins, AnExpiredCertificateInsideEap) {
  client_holder = pki.client("CN=anna, O=Example", now_wall - std::chrono::days{1});
  use_eap_tls();
  run();
  EXPECT_EQ(cause(), "expired");
}

TEST_F(Logins, ACertificateOfAnotherCaInsideEap) {
  client_holder = Pki{}.client();
  use_eap_tls();
  run();
  EXPECT_EQ(cause(), "unknown-ca");
}

TEST_F(Logins, ACertificateInsideEapThatNoRuleWants) {
  config.rules.front().certificate->subject_fields = {{"OU", "board"}};
  use_eap_tls();
  run();
  EXPECT_EQ(cause(), "rule-subject");
  EXPECT_THAT(why().explanations.front().cures, Contains(HasSubstr("OU=board")));
}

TEST_F(Logins, ACertificateInsideEapWhereNoRuleTakesAny) {
  for (gateway::ConnectionRule& rule : config.rules) rule.certificate.reset();
  use_eap_tls();
  run();
  EXPECT_EQ(cause(), "no-certificate-rule");
}

TEST_F(Logins, AServerInsideEapOfAnotherName) {
  use_eap_tls();
  profile.eap->server = ike::wire::Identity::parse("radius.example.org");
  run();
  EXPECT_EQ(cause_by_client(), "login-server-name");
  EXPECT_THAT(why_by_client().explanations.front().cures, Contains(HasSubstr("login-server")));
}

TEST_F(Logins, AClientThatLeavesInTheMiddle) {
  profile.policy = sim::classical_policy();  // Without IKE_INTERMEDIATE.
  use_passwords("the right one");
  start_gateway(pki.trust(gateway_holder));
  int datagrams = 0;
  gate->passes = [&](ByteView) { return ++datagrams <= 3; };  // IKE_SA_INIT, IKE_AUTH, EAP-Response/Identity.
  run(90s);
  EXPECT_EQ(cause(), "left-login");
}

TEST_F(Logins, AUserWhoseRightPasswordWaitsForTheWrongOnesBeforeIt) {
  use_passwords("the wrong one");
  start_gateway(pki.trust(gateway_holder));
  for (int i = 0; i < 7; ++i) {
    profile = w.profile();
    use_passwords(i < 6 ? "guess " + std::to_string(i) : "the right one");
    start_client(pki.trust(client_holder));
    w.world.run_for(i < 6 ? 20s : 500ms);
    client.reset();  // No patience.
  }
  w.world.run_for(60s);
  EXPECT_EQ(cause(), "delayed");
}

TEST_F(Logins, ARadiusServerThatIsDead) {
  use_passwords("the right one");
  use_radius();
  run(60s);
  EXPECT_EQ(cause(), "radius-silent");
}

TEST_F(Logins, ARadiusServerThatRejects) {
  use_passwords("the right one");
  use_radius();
  start_gateway(pki.trust(gateway_holder));
  radius::FakeServer server{.answer = radius::Code::AccessReject};
  w.gateway_->radius = [&](const gateway::RadiusTransmit& transmit) { return server.handle(transmit.datagram); };
  run();
  EXPECT_EQ(cause(), "radius-reject");
}

}  // namespace
}  // namespace agilevpn::roles
