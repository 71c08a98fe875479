// Certificates, pre-shared keys and names that do not fit, at real pairs of client and gateway.
#include "sim/pair.h"
#include "tests/diagnosis/planted.h"

namespace agilevpn::roles {
namespace {

using diagnosis::Step;
using Check = crypto::CertificateError::Check;
using Name = crypto::CertificateName;

class Identities : public Planted {
 protected:
  crypto::CertificateRules& rules() { return *config.rules.front().certificate; }
  crypto::CertificateRequest request() const {
    return {.profile = Pki::Profile::Client,
            .subject = "CN=anna, OU=staff, O=Example",
            .names = {{Name::Kind::Email, to_bytes("anna@example.org")}},
            .not_before = {},
            .not_after = {}};
  }
  void use(Pki::Holder holder) {
    client_holder = std::move(holder);
    profile.auth = client_holder.auth();
  }
  void use_at_gateway(Pki::Holder holder) {
    gateway_holder = std::move(holder);
    config.certificate = gateway_holder.auth();
  }
};

TEST_F(Identities, NothingIsWrongIfNothingIsBroken) {
  run();
  EXPECT_EQ(client->role().state(), client::State::Connected);
  EXPECT_EQ(attempts.last(), nullptr);
  EXPECT_EQ(client_attempts.last(), nullptr);
}

TEST_F(Identities, AClientOfAnUnknownCa) {
  use(Pki{}.client());
  run();
  const auto found = why();
  EXPECT_EQ(found.explanations.front().cause, "unknown-ca");
  EXPECT_EQ(found.step, Step::Identities);
  EXPECT_EQ(found.who, "anna@example.org");
  EXPECT_EQ(found.client, "AgileVPN");
  EXPECT_THAT(found.detail, HasSubstr("staff: certificate CN=anna"));
  EXPECT_THAT(found.explanations.front().cures, Contains(HasSubstr("agilevpn profile anna@example.org --for linux")));
  EXPECT_EQ(cause_by_client(), "certificate-refused");
}

TEST_F(Identities, AnExpiredClientCertificate) {
  use(pki.client("CN=anna", now_wall - std::chrono::days{1}));
  run();
  EXPECT_EQ(cause(), "expired");
  const auto by_client = why_by_client().explanations.front();
  EXPECT_EQ(by_client.cause, "own-certificate-expired");
  EXPECT_THAT(by_client.cures.front(), HasSubstr("the certificate CN=anna ended on "));
}

TEST_F(Identities, ACertificateOfTheFuture) {
  auto later = request();
  later.not_before = now_wall + std::chrono::days{2};
  use(pki.issue(later));
  run();
  EXPECT_EQ(cause(), "not-yet-valid");
}

TEST_F(Identities, AGatewayWhoseClockIsWrong) {
  calendar_of_gateway = now_wall - std::chrono::years{6};
  run();
  EXPECT_EQ(cause(), "gateway-clock");
}

TEST_F(Identities, ARevokedCertificate) {
  pki.revoked.push_back({client_holder.certificate.serial(), now_wall - std::chrono::days{1}});
  run();
  EXPECT_EQ(cause(), "revoked");
}

TEST_F(Identities, ARuleThatWantsARevocationListAndThereIsNone) {
  rules().requires_crl = true;
  run();
  EXPECT_EQ(cause(), "no-crl");
}

TEST_F(Identities, ACertificateForServersInAClientsHands) {
  auto wrong = request();
  wrong.extended_key_usages = {"serverAuth"};
  use(pki.issue(wrong));
  run();
  EXPECT_EQ(cause(), "wrong-usage");
}

TEST_F(Identities, AUsageThatTheRuleWantsBesides) {  // S53
  rules().extended_key_usages = {"ipsecIKE"};
  run();
  EXPECT_EQ(cause(), "wrong-usage");
  EXPECT_THAT(why().explanations.front().cures, Contains(HasSubstr("ipsecIKE")));
}

TEST_F(Identities, AKeyThatIsTooShort) {
  use(pki.issue(request(), crypto::PrivateKey::generate(crypto::KeyType::Rsa, 1024)));
  run();
  EXPECT_EQ(cause(), "weak-key");
}

TEST_F(Identities, AKeyThatIsNotTheCertificates) {
  client_holder.key = crypto::PrivateKey::generate(crypto::KeyType::EcdsaP256);
  run();
  EXPECT_EQ(cause(), "wrong-signature");
}

TEST_F(Identities, ANameThatTheCertificateDoesNotHave) {
  profile.local = ike::wire::Identity::parse("boss@example.org");
  run();
  EXPECT_EQ(cause(), "name-mismatch");
  EXPECT_EQ(why("boss@example.org").explanations.front().cause, "name-mismatch");
  EXPECT_EQ(attempts.last("somebody else"), nullptr);
}

TEST_F(Identities, AnAddressAsIdentityThatTheCertificateDoesNotHave) {
  profile.local = ike::wire::Identity::parse("192.0.2.2");
  run();
  EXPECT_EQ(cause(), "address-not-in-certificate");
}

TEST_F(Identities, TheSameCertificateAtBothEnds) {  // S50
  use(gateway_holder);
  profile.local = ike::wire::Identity::parse("vpn.example.org");
  run();
  EXPECT_EQ(cause(), "same-key");
}

TEST_F(Identities, ACaThatTheRuleDoesNotWant) {  // S52
  rules().issued_by = {Pki{}.ca.certificate().sha256_fingerprint()};
  run();
  EXPECT_EQ(cause(), "rule-issuer");
}

TEST_F(Identities, ASubjectThatTheRuleDoesNotWant) {
  rules().subject_fields = {{"O", "Example"}, {"OU", "management"}};
  run();
  EXPECT_EQ(cause(), "rule-subject");
  EXPECT_THAT(why().explanations.front().cures, Contains(HasSubstr("OU=management")));
}

TEST_F(Identities, AnAlternativeNameThatTheRuleDoesNotWant) {
  rules().names = {"*@example.com"};
  run();
  EXPECT_EQ(cause(), "rule-name");
}

TEST_F(Identities, ACertificatePolicyThatTheRuleWants) {
  rules().policies = {"1.3.6.1.4.1.99999.1"};
  run();
  EXPECT_EQ(cause(), "rule-policy");
}

TEST_F(Identities, NoRuleForCertificates) {
  config.rules.front().certificate.reset();
  run();
  EXPECT_EQ(cause(), "no-certificate-rule");
}

TEST_F(Identities, AGatewayWithoutACertificateOfItsOwn) {
  config.certificate.reset();
  run();
  EXPECT_EQ(cause(), "no-own-certificate");
}

TEST_F(Identities, AWrongPreSharedKey) {
  use_psk("the wrong one", "the right one");
  run();
  EXPECT_EQ(cause(), "wrong-psk");
  EXPECT_EQ(why("bert").step, Step::Identities);
  EXPECT_EQ(cause_by_client(), "psk-refused");
}

TEST_F(Identities, AnUnknownPskIdentity) {
  use_psk("some key", "some key");
  profile.local = ike::wire::Identity::parse("bertha");
  run();
  EXPECT_EQ(cause(), "unknown-psk-identity");
  EXPECT_EQ(why().who, "bertha");
}

TEST_F(Identities, AGatewayWhoseCaTheClientDoesNotTrust) {
  run(Pki{}.trust(client_holder), pki.trust(gateway_holder));
  EXPECT_EQ(cause(), "gateway-not-believed");
  EXPECT_EQ(why().step, Step::Identities);
  EXPECT_EQ(cause_by_client(), "unknown-ca");
  EXPECT_THAT(why_by_client().explanations.front().cures,
              testing::ElementsAre(HasSubstr("correct `gateway`"), HasSubstr("name that file as `ca`")));
}

TEST_F(Identities, AClientThatWantsAGatewayOfAnotherName) {
  profile.remote = ike::wire::Identity::parse("vpn.example.net");
  run();
  EXPECT_EQ(cause(), "wrong-idr");
  EXPECT_THAT(why().explanations.front().cures, Contains(HasSubstr("vpn.example.net")));
  EXPECT_EQ(cause_by_client(), "name-mismatch");
}

TEST_F(Identities, AClientsCertificateAtTheGateway) {  // S50, S77
  use_at_gateway(pki.issue(Pki::Profile::Client, "CN=vpn.example.org", {Name::Kind::Dns, to_bytes("vpn.example.org")}));
  run();
  EXPECT_EQ(cause(), "own-certificate-usage");
  EXPECT_EQ(cause_by_client(), "wrong-usage");
}

TEST_F(Identities, AnExpiredGatewayCertificate) {
  use_at_gateway(pki.issue(Pki::Profile::Gateway, "CN=vpn.example.org", {Name::Kind::Dns, to_bytes("vpn.example.org")},
                           now_wall - std::chrono::days{1}));
  run();
  EXPECT_EQ(cause(), "own-certificate-expired");
  EXPECT_EQ(cause_by_client(), "expired");
}

TEST_F(Identities, ANatWhereNoneMayBe) {
  config.settings.prohibit_nat = true;
  profile.settings.prohibit_nat = true;
  profile.mobility.prefer = {"eth1"};
  w.eth0.unplug();
  run();
  EXPECT_EQ(cause(), "nat-forbidden");
}

TEST_F(Identities, AClientInTheSilenceAfterIkeSaInitWhoseLargeMessagesGetLost) {
  profile.policy = sim::classical_policy();  // Its IKE_SA_INIT is small.
  profile.settings.fragmentation = false;
  w.eth0.link.mtu = 576, w.eth0.link.passes_fragments = false;
  w.eth1.unplug();
  run(60s);
  EXPECT_EQ(cause(), "auth-never-came");
}

TEST_F(Identities, AClientSomeOfWhoseFragmentsGetLost) {
  profile.settings.fragment_size = config.settings.fragment_size = 576;
  w.eth1.unplug();
  start_gateway(pki.trust(gateway_holder));
  gate->passes = [](ByteView datagram) {  // SKF payloads with the fragment number 2; after marker and header.
    constexpr std::size_t marker = 4, first_payload = 16, number = 32;
    return datagram.size() < marker + number + 2 || datagram[marker + first_payload] != std::byte{53} ||
           datagram[marker + number + 1] != std::byte{2};
  };
  run(60s);
  EXPECT_EQ(cause(), "fragments-lost");
  EXPECT_EQ(why().step, Step::Reaching);
}

}  // namespace
}  // namespace agilevpn::roles
