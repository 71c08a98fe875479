// What a client says of its own last attempt.
#include "ike/typed_proposal.h"
#include "tests/diagnosis/planted.h"

namespace agilevpn::roles {
namespace {

using diagnosis::Step;

class OnTheClient : public Planted {};

TEST_F(OnTheClient, AGatewayWhoseNameHasNoAddress) {
  profile.gateway = "vpn.example.org";
  run();
  EXPECT_EQ(cause_by_client(), "not-resolved");
  EXPECT_EQ(why_by_client().step, Step::Reaching);
}

TEST_F(OnTheClient, AGatewayThatDoesNotAnswer) {
  start_gateway(pki.trust(gateway_holder));
  gate->passes = [](ByteView) { return false; };
  run();
  const auto found = why_by_client();
  EXPECT_EQ(found.explanations.front().cause, "no-answer");
  EXPECT_EQ(found.step, Step::Reaching);
  EXPECT_EQ(found.client, "office");
  EXPECT_THAT(found.address, HasSubstr("203.0.113.2:4500"));
}

TEST_F(OnTheClient, AGatewayThatDoesNotAnswerIkeAuth) {
  start_gateway(pki.trust(gateway_holder));
  gate->passes =
      [](ByteView datagram) {  // IKE_SA_INIT alone; the exchange type stands behind marker, SPIs and two octets.
        return datagram.size() > 22 && datagram[22] == std::byte{34};
      };
  w.eth1.unplug();
  profile.settings.retransmit_attempts = 3;
  run(30s);
  EXPECT_EQ(cause_by_client(), "auth-unanswered");
}

TEST_F(OnTheClient, AlgorithmsThatTheGatewayDoesNotTake) {
  config.policy.ike = {ike::parse_ike_proposal("aes256gcm16-prfsha384-ecp384").value()};
  profile.policy.ike = {ike::parse_ike_proposal("aes128gcm16-prfsha256-x25519").value()};
  run();
  EXPECT_EQ(cause_by_client(), "algorithms");
  EXPECT_EQ(why_by_client().step, Step::Algorithms);
  EXPECT_EQ(cause(), "dh-group");
}

TEST_F(OnTheClient, AClockThatIsWrong) {
  gateway_holder = pki.issue({.profile = Pki::Profile::Gateway,
                              .subject = "CN=vpn.example.org",
                              .names = {{Pki::Name::Kind::Dns, to_bytes("vpn.example.org")}},
                              .not_before = now_wall + std::chrono::days{1},
                              .not_after = {}});
  config.certificate = gateway_holder.auth();
  calendar_of_gateway = now_wall + std::chrono::days{2};
  run();
  EXPECT_EQ(cause_by_client(), "not-yet-valid");
}

TEST_F(OnTheClient, APinnedCaThatDidNotIssueTheGatewaysCertificate) {  // S51
  profile.rules.issued_by = {Pki{}.ca.certificate().sha256_fingerprint()};
  run();
  EXPECT_EQ(cause_by_client(), "gateway-certificate");
  EXPECT_THAT(why_by_client().detail, HasSubstr("issued by CN=Office CA"));
}

TEST_F(OnTheClient, APinnedNameThatTheGatewaysCertificateDoesNotHave) {  // S51
  profile.rules.names = {"*.example.net"};
  run();
  EXPECT_EQ(cause_by_client(), "gateway-certificate");
}

TEST_F(OnTheClient, AGatewayWithoutAFreeAddress) {
  config.pools = {
      {"office", *IpPrefix::parse("10.66.0.0/30"), {IpAddress::v4(10, 66, 0, 1), IpAddress::v4(10, 66, 0, 2)}}};
  run();
  EXPECT_EQ(cause_by_client(), "no-address");
  EXPECT_THAT(why_by_client().explanations.front().cures, Contains(HasSubstr("agilevpn up office")));
}

TEST_F(OnTheClient, APskProfileAtAGatewayWithCertificates) {
  use_psk("a key", "a key");
  config.rules.front().psk_users.clear();
  run();
  EXPECT_EQ(cause_by_client(), "psk-refused");
}

}  // namespace
}  // namespace agilevpn::roles
