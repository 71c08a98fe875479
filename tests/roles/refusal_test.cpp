// Whom the client and the gateway do not let in, and what they say about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ike/typed_proposal.h"
#include "tests/roles/pki.h"
#include "tests/roles/roles_world.h"

namespace agilevpn::roles {
namespace {

using client::State;
using testing::HasSubstr;

struct Refusal : testing::Test {
  RolesWorld w;
  Pki pki;
  Pki::Holder gateway_holder = pki.gateway();
  Pki::Holder client_holder = pki.client();
  gateway::Config config = w.config();
  client::Profile profile = w.profile();

  void run() { run(pki.trust(client_holder), pki.trust(gateway_holder)); }
  void run(ike::Credentials client, ike::Credentials gateway) {
    config.certificate = gateway_holder.auth();
    profile.auth = client_holder.auth();
    w.start_gateway(std::move(config), std::move(gateway));
    w.start_client(std::move(profile), std::move(client));
    w.world.run_for(10s);
  }
  std::string refusal_of_gateway() {
    const auto* refused = w.gateway_said.last<gateway::PeerRefused>();
    return refused ? refused->reason : "";
  }
  std::string reason() { return w.session().reason; }
  void expect_failed() {
    EXPECT_EQ(w.state(), State::Failed);
    EXPECT_TRUE(w.sessions().empty());
    EXPECT_FALSE(w.tunnel());
  }
};

TEST_F(Refusal, NothingIsRefusedIfNothingIsWrong) {
  run();
  EXPECT_EQ(w.state(), State::Connected);
}

TEST_F(Refusal, AnExpiredClientCertificate) {
  client_holder = pki.client("CN=anna", now_wall - std::chrono::days{1});
  run();
  expect_failed();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("expired"));
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("CN=anna"));
  EXPECT_THAT(reason(), HasSubstr("AUTHENTICATION_FAILED"));
}

TEST_F(Refusal, AClientCertificateThatIsRevokedWhileItsClientIsConnected) {
  run();
  ASSERT_EQ(w.state(), State::Connected);
  const auto reload = [&] {
    w.gateway([&](gateway::Gateway& gateway, Instant now) {
      gateway::Config same = w.config();
      same.certificate = gateway_holder.auth();
      gateway.reconfigure(now, std::move(same), pki.trust(gateway_holder));
    });
    w.world.run_for(500ms);
  };
  pki.revoked.push_back({pki.client().certificate.serial(), now_wall});
  reload();
  EXPECT_EQ(w.sessions().size(), 1u) << "somebody else's was revoked";
  pki.revoked.push_back({client_holder.certificate.serial(), now_wall});
  reload();
  ASSERT_TRUE(w.gateway_said.last<gateway::SessionEnded>());
  EXPECT_THAT(w.gateway_said.last<gateway::SessionEnded>()->reason, HasSubstr("revoked on"));
  w.world.run_for(60s);
  EXPECT_TRUE(w.sessions().empty());
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("revoked")) << "it came again";
}

TEST_F(Refusal, ARevokedClientCertificate) {
  pki.revoked.push_back({client_holder.certificate.serial(), now_wall - std::chrono::days{1}});
  run();
  expect_failed();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("revoked"));
}

TEST_F(Refusal, AClientOfAnotherCa) {
  const Pki stranger;
  client_holder = stranger.client();
  run();
  expect_failed();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("staff: certificate CN=anna"));
}

TEST_F(Refusal, AGatewayOfAnotherCa) {
  run(Pki{}.trust(client_holder), pki.trust(gateway_holder));
  expect_failed();
  EXPECT_THAT(reason(), HasSubstr("certificate CN=vpn.example.org"));
}

TEST_F(Refusal, AGatewayWithAnotherName) {
  profile.remote = ike::wire::Identity::parse("vpn.example.net");
  run();
  expect_failed();
  EXPECT_THAT(reason(), HasSubstr("vpn.example.net"));
}

TEST_F(Refusal, AClientCertificateIsNoGateway) {  // S50, S77
  gateway_holder =
      pki.issue(Pki::Profile::Client, "CN=vpn.example.org", {Pki::Name::Kind::Dns, to_bytes("vpn.example.org")});
  run();
  expect_failed();
  EXPECT_THAT(reason(), HasSubstr("serverAuth"));
}

TEST_F(Refusal, TheSameKeyAtBothEnds) {  // S50
  client_holder = gateway_holder;
  profile.local = ike::wire::Identity::parse("vpn.example.org");
  config.rules.front().certificate->purpose = crypto::CertificateRules::Purpose::Gateway;
  run();
  expect_failed();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("the peer shows our own key"));
}

TEST_F(Refusal, AnIdentityThatTheCertificateDoesNotName) {
  profile.local = ike::wire::Identity::parse("boss@example.org");
  run();
  expect_failed();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("boss@example.org"));
}

TEST_F(Refusal, AFieldThatNoRuleWantsIsNamedForEveryRule) {  // S52
  config.rules.front().certificate->subject_fields = {{"OU", "management"}};
  run();
  expect_failed();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("staff: "));
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("management"));
}

TEST_F(Refusal, AGatewayThatThePinnedCaDidNotIssue) {  // S51
  profile.rules.issued_by = {Pki{}.ca.certificate().sha256_fingerprint()};
  run();
  expect_failed();
}

TEST_F(Refusal, AWrongPreSharedKey) {
  config.certificate.reset();
  config.rules.front().certificate.reset();
  config.rules.front().psk_users.push_back(
      {ike::wire::Identity::parse("bert"), Secret::copy_of(as_bytes("the right one"))});
  w.start_gateway(std::move(config), ike::Credentials{crypto::Verifier{{}, {}}});
  profile.local = ike::wire::Identity::parse("bert");
  profile.auth = ike::PskAuth{Secret::copy_of(as_bytes("the wrong one"))};
  w.start_client(std::move(profile), ike::Credentials{crypto::Verifier{{}, {}}});
  w.world.run_for(10s);
  expect_failed();
}

TEST_F(Refusal, AnUnknownPskIdentity) {
  profile.auth = ike::PskAuth{Secret::copy_of(as_bytes("some key"))};
  w.start_gateway(std::move(config), pki.trust(gateway_holder));
  w.start_client(std::move(profile), ike::Credentials{crypto::Verifier{{}, {}}});
  w.world.run_for(10s);
  expect_failed();
  EXPECT_EQ(refusal_of_gateway(), "no rule has a pre-shared key for anna@example.org");
}

TEST_F(Refusal, AnExhaustedPool) {
  config.pools = {
      {"office", *IpPrefix::parse("10.66.0.0/30"), {IpAddress::v4(10, 66, 0, 1), IpAddress::v4(10, 66, 0, 2)}}};
  run();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("pool office (10.66.0.0/30) is exhausted"));
  EXPECT_TRUE(w.sessions().empty());
}

TEST_F(Refusal, ASessionWithoutChildSaIsNoConnection) {  // RFC 7296 §1.2: the IKE SA lives, but carries nothing.
  config.policy.esp = {ike::parse_esp_proposal("aes256-sha512").value()};
  profile.policy.esp = {ike::parse_esp_proposal("aes128gcm16").value()};
  run();
  expect_failed();
  EXPECT_THAT(reason(), HasSubstr("NO_PROPOSAL_CHOSEN"));
  EXPECT_THAT(reason(), HasSubstr("`esp`"));
  EXPECT_THAT(w.states(), testing::ElementsAre("Connecting", "Failed"));
}

TEST_F(Refusal, RoutesOfWhichTheGatewayHasNone) {
  profile.routes = {*IpPrefix::parse("10.99.0.0/16")};
  run();
  expect_failed();
  EXPECT_THAT(reason(), HasSubstr("TS_UNACCEPTABLE"));
  EXPECT_THAT(reason(), HasSubstr("`routes`"));
}

TEST_F(Refusal, AKeyThatIsNotHereIsAskedForOutside) {
  run(ike::Credentials{crypto::Verifier{{pki.ca.certificate()}, {}}}, pki.trust(gateway_holder));
  const auto ask = w.client_->role().poll_ask();
  ASSERT_TRUE(ask);
  const auto& sign = std::get<ike::Sign>(ask->question);
  EXPECT_EQ(sign.key, "own");
  w.client([&](client::Connection& connection, Instant now) {
    connection.handle_answer(now, ask->id, ike::Signature{client_holder.key.sign(sign.scheme, sign.octets).value()});
  });
  EXPECT_TRUE(w.run_until(State::Connected, 5s));
}

// The gateway asks its owner about the client's certificates, and the client its own about the gateway's.
struct RevocationCheck : Refusal {
  void run_and_answer(ike::Revocation mode, const ike::RevocationAnswer& of_client,
                      const ike::RevocationAnswer& of_gateway = {}) {
    config.rules.front().revocation = profile.revocation = mode;
    run();
    const auto asked = w.gateway_->role().poll_revocation_ask();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->certificates.front(), client_holder.certificate.der());
    w.gateway([&](gateway::Gateway& role, Instant now) { role.handle_revocation(now, asked->id, of_client); });
    w.world.run_for(1s);
    const auto clients = w.client_->role().poll_revocation_ask();
    if (!clients) return;  // The gateway refused it.
    EXPECT_EQ(clients->certificates.front(), gateway_holder.certificate.der());
    w.client([&](client::Connection& role, Instant now) { role.handle_revocation(now, clients->id, of_gateway); });
    w.world.run_for(1s);
  }
};

TEST_F(RevocationCheck, LetsInWhoIsKnownToBeGood) {
  run_and_answer(ike::Revocation::Strict, {});
  EXPECT_EQ(w.state(), State::Connected);
}

TEST_F(RevocationCheck, RefusesWhoIsRevoked) {
  run_and_answer(ike::Revocation::Soft, {.revoked = "certificate CN=anna: revoked on 2026-11-01", .unknown = {}});
  expect_failed();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("revoked on 2026-11-01"));
}

TEST_F(RevocationCheck, RefusesARevokedGatewayBeforeThereIsATunnel) {
  run_and_answer(ike::Revocation::Soft, {},
                 {.revoked = "certificate CN=vpn.example.org: revoked on 2026-11-01", .unknown = {}});
  EXPECT_EQ(w.state(), State::Failed);
  EXPECT_FALSE(w.tunnel());
  EXPECT_THAT(reason(), HasSubstr("revoked on 2026-11-01"));
}

TEST_F(RevocationCheck, SoftLetsInWhoIsNotKnown) {
  run_and_answer(ike::Revocation::Soft, {.revoked = {}, .unknown = "nobody answers"},
                 {.revoked = {}, .unknown = "nobody answers"});
  EXPECT_EQ(w.state(), State::Connected);
}

TEST_F(RevocationCheck, StrictRefusesWhoIsNotKnown) {
  run_and_answer(ike::Revocation::Strict, {.revoked = {}, .unknown = "nobody answers"});
  expect_failed();
  EXPECT_THAT(refusal_of_gateway(), HasSubstr("nobody answers; revocation = \"strict\" needs to know"));
}

TEST_F(RevocationCheck, WhileOneIsAskedAboutTheGatewayServesOthers) {
  config.rules.front().revocation = ike::Revocation::Strict;
  run();
  ASSERT_TRUE(w.gateway_->role().poll_revocation_ask());  // Not answered.
  client::Profile second = w.profile();
  second.auth = client_holder.auth();
  const auto other = w.add_client(w.lan, std::move(second), pki.trust(client_holder));
  w.world.run_for(2s);
  EXPECT_TRUE(w.gateway_->role().poll_revocation_ask());  // The second one has come as far.
  EXPECT_TRUE(w.sessions().empty());
}

}  // namespace
}  // namespace agilevpn::roles
