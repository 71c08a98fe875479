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
  // The server knows passwords and no EAP.
  void use_radius_with_passwords() {
    use_passwords("the right one");
    use_radius();
    config.radius_checks_passwords = true;
    profile.eap->methods = {eap::Type::Gtc};
  }
  void serve_radius(radius::FakeServer& server) {
    w.gateway_->radius = [&](const gateway::RadiusTransmit& transmit) { return server.handle(transmit.datagram); };
  }
  std::vector<std::string> cures() { return why().explanations.front().cures; }
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

TEST_F(Logins, AUserWhoIsKeptUnderAnotherNameThanHeTypes) {
  use_passwords("the right one");
  profile.eap->user = "CORP\\anna";
  refuse_user({.reason = "Anna is disabled", .cause = Refusal::UserDisabled, .who = "Anna/phone"});
  run();
  EXPECT_THAT(cures(), testing::ElementsAre("agilevpn user enable Anna"));
}

TEST_F(Logins, ADisabledDevice) {
  use_passwords("the right one");
  refuse_user({.reason = "anna/phone is disabled", .cause = Refusal::DeviceDisabled, .who = "anna/phone"});
  run();
  EXPECT_EQ(cause(), "disabled-device");
  EXPECT_THAT(cures(), testing::ElementsAre(HasSubstr("agilevpn user device enable anna phone")));
}

TEST_F(Logins, ADeviceThatTheUserHasNot) {
  use_passwords("the right one");
  profile.eap->user = "anna/phone";
  refuse_user({"there is no user anna/phone", true});
  run();
  EXPECT_EQ(cause(), "unknown-user");
  EXPECT_THAT(cures(), Contains("or, if only the device is new: agilevpn user device add anna phone"));
}

TEST_F(Logins, AWrongPasswordOfADevice) {
  use_passwords("the wrong one");
  users = [](const gateway::UserQuestion&) -> gateway::UserAnswer {
    return gateway::User{"anna/phone", "staff", *mschap()->nt_password_hash(Secret{to_bytes("the right one")})};
  };
  run();
  EXPECT_EQ(cause(), "wrong-password");
  EXPECT_THAT(cures(), Contains(HasSubstr("agilevpn user device add anna phone")));
}

TEST_F(Logins, ANameThatAShellWouldObeyIsNotRepeatedInACure) {
  use_passwords("some password");
  profile.eap->user = "$(reboot)";
  refuse_user({"there is no user $(reboot)", true});
  run();
  EXPECT_THAT(cures(), Contains("agilevpn user add NAME"));
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

// ---- What the user's group takes

TEST_F(Logins, AGroupThatTakesNoneOfTheMethodsOfItsUser) {
  use_passwords("the right one");
  config.eap_methods = {eap::Type::MsChapV2, eap::Type::Gtc};
  users = [](const gateway::UserQuestion&) -> gateway::UserAnswer {
    return gateway::User{"anna", "staff", *mschap()->nt_password_hash(Secret{to_bytes("the right one")}), {"eap-gtc"}};
  };
  run();
  const auto found = why("anna");
  EXPECT_EQ(found.explanations.front().cause, "group-method");
  EXPECT_THAT(found.detail, HasSubstr("group staff takes only eap-gtc"));
  EXPECT_THAT(cures(), testing::ElementsAre("let the client log in by what group staff takes: eap-gtc",
                                            "or let the group take more: agilevpn group set staff --methods none"));
}

TEST_F(Logins, AGroupWithoutAnyMethodOfTheGateway) {
  use_passwords("the right one");
  users = [](const gateway::UserQuestion&) -> gateway::UserAnswer {
    return gateway::User{"anna", "staff", {}, {"certificate"}};
  };
  run();
  EXPECT_EQ(cause(), "group-method");
}

TEST_F(Logins, AGroupThatTakesAnotherMethodThanTheOneThatWasUsed) {
  use_passwords("the right one");
  authorize = [](const gateway::Authorize&) -> gateway::Authorization {
    return gateway::Authorized{
        .user = "anna", .id = 1, .device = {}, .group = {.name = "staff", .methods = {"certificate"}}};
  };
  run();
  EXPECT_EQ(cause(), "group-method");
  EXPECT_THAT(why().detail, HasSubstr("it logged in by eap-mschapv2, and group staff takes only certificate"));
  EXPECT_THAT(cures(),
              Contains("or let the group take more: agilevpn group set staff --methods certificate,eap-mschapv2"));
}

TEST_F(Logins, AGroupOfTheConfigurationIsChangedThere) {
  use_passwords("the right one");
  for (gateway::ConnectionRule& rule : config.rules) rule.methods = {"certificate"};
  run();
  EXPECT_EQ(cause(), "group-method");
  EXPECT_THAT(cures(), Contains(HasSubstr("or add eap-mschapv2 to the `methods` of group")));
}

TEST_F(Logins, AClientOutsideTheNetworksOfItsGroup) {
  use_passwords("the right one");
  for (gateway::ConnectionRule& rule : config.rules) rule.from = {*IpPrefix::parse("198.18.0.0/15")};
  run();
  EXPECT_EQ(cause(), "group-network");
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
  serve_radius(server);
  run();
  EXPECT_EQ(cause(), "radius-reject");
}

TEST_F(Logins, ARadiusServerThatGrantsWhatCannotBe) {
  use_radius_with_passwords();
  start_gateway(pki.trust(gateway_holder));
  radius::FakeServer server;
  server.attributes.add_text(radius::Type::FramedRoute, "nowhere");
  serve_radius(server);
  run();
  EXPECT_EQ(cause(), "radius-grant");
}

TEST_F(Logins, ARadiusServerThatGrantsWhatLeadsNowhere) {
  use_radius_with_passwords();
  start_gateway(pki.trust(gateway_holder));
  radius::FakeServer server;
  server.attributes.add_address(radius::Type::FramedIpAddress, IpAddress::v4(172, 20, 0, 5));
  serve_radius(server);
  run();
  EXPECT_EQ(cause(), "radius-grant");
  EXPECT_THAT(why().detail, testing::HasSubstr("172.20.0.5 lies in no pool"));
}

TEST_F(Logins, ARadiusServerThatGrantsAnAddressOfOurOwn) {
  const IpAddress own = IpAddress::v4(10, 66, 0, 1);
  config.pools = {{"ipv4", *IpPrefix::parse("10.66.0.0/24"), {own}}};
  use_radius_with_passwords();
  start_gateway(pki.trust(gateway_holder));
  radius::FakeServer server;
  server.attributes.add_address(radius::Type::FramedIpAddress, own);
  serve_radius(server);
  run();
  EXPECT_EQ(cause(), "radius-address");
}

// ---- A RADIUS server that checks passwords, without EAP

TEST_F(Logins, NothingIsWrongIfTheRadiusServerTakesThePassword) {
  use_radius_with_passwords();
  start_gateway(pki.trust(gateway_holder));
  radius::FakeServer server;
  serve_radius(server);
  run();
  EXPECT_EQ(client->role().state(), client::State::Connected);
  EXPECT_EQ(attempts.last(), nullptr);
}

TEST_F(Logins, AWrongCode) {
  use_radius_with_passwords();
  start_gateway(pki.trust(gateway_holder));
  radius::FakeServer server{.answer = radius::Code::AccessChallenge};
  server.attributes.add(radius::Type::State, "01"_hex).add_text(radius::Type::ReplyMessage, "Code: ");
  radius::Attributes said;
  said.add_text(radius::Type::ReplyMessage, "that code was used");
  server.after_first = {radius::Code::AccessReject, said};
  serve_radius(server);
  run();
  ASSERT_TRUE(client->role().session().question);
  client->command(
      [](client::Connection& connection, Instant now) { connection.handle_user(now, Secret{to_bytes("123456")}); });
  w.world.run_for(10s);
  EXPECT_EQ(cause(), "radius-reject");
  EXPECT_THAT(cures(), Contains(HasSubstr("used up")));
  EXPECT_THAT(why().detail, HasSubstr("that code was used"));
}

TEST_F(Logins, ARadiusServerForPasswordsThatIsDead) {
  use_radius_with_passwords();
  run(60s);
  EXPECT_EQ(cause(), "radius-silent");
}

TEST_F(Logins, AClientThatRefusesGtc) {
  use_radius_with_passwords();
  profile.eap->methods = {eap::Type::MsChapV2};
  run();
  EXPECT_EQ(cause(), "method-refused");
  EXPECT_THAT(cures(), Contains(HasSubstr("EAP-GTC")));
}

}  // namespace
}  // namespace agilevpn::roles
