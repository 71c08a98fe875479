// Clients that are who they say and get no tunnel, at real pairs of client and gateway.
#include "ike/typed_proposal.h"
#include "tests/diagnosis/planted.h"

namespace agilevpn::roles {
namespace {

using diagnosis::Step;

class Tunnels : public Planted {};

TEST_F(Tunnels, APoolWithoutAFreeAddress) {
  config.pools = {
      {"office", *IpPrefix::parse("10.66.0.0/30"), {IpAddress::v4(10, 66, 0, 1), IpAddress::v4(10, 66, 0, 2)}}};
  run();
  EXPECT_EQ(cause(), "pool-exhausted");
  EXPECT_EQ(why().step, Step::Tunnel);
}

TEST_F(Tunnels, ALeaseThatCannotBeKept) {
  keep = [](const gateway::KeepLeases&) -> gateway::Kept { return Failure{std::string{"users.db is locked"}}; };
  run();
  EXPECT_EQ(cause(), "store-trouble");
}

TEST_F(Tunnels, ARuleWithoutAPoolOfTheWantedFamily) {
  profile.requests_ipv4 = false;
  run();
  EXPECT_EQ(cause(), "no-pool-of-family");
}

TEST_F(Tunnels, AGroupWhosePoolThereIsNot) {
  config.pools = {{"office", *IpPrefix::parse("10.66.0.0/24"), {}}};
  for (gateway::ConnectionRule& rule : config.rules) rule.pools = {"offise"};
  run();
  EXPECT_EQ(cause(), "no-pool-of-family");
  EXPECT_THAT(why().explanations.front().cures,
              Contains(HasSubstr("a pool that there is not: offise; there are: office")));
  EXPECT_THAT(why().explanations.front().cures, Contains(HasSubstr("systemctl restart agilevpn-gateway")));
}

TEST_F(Tunnels, AUserWithAsManyDevicesAsHeMayHave) {
  use_passwords("the right one");
  authorize = [](const gateway::Authorize& proved) -> gateway::Authorization {
    gateway::Group group{.name = proved.group};
    group.devices_max = 1;
    return gateway::Authorized{.user = "anna", .id = 1, .device = "phone", .group = std::move(group)};
  };
  run();
  profile = w.profile();
  use_passwords("the right one");
  profile.eap->user = "CORP\\anna";
  const auto second = w.add_client(w.lan, std::move(profile), pki.trust(client_holder));
  w.world.run_for(10s);
  EXPECT_EQ(cause(), "too-many-devices");
  EXPECT_THAT(why().explanations.front().cures, Contains("or allow more: agilevpn user set anna --devices N"));
}

TEST_F(Tunnels, NoCommonEncryptionForPackets) {
  config.policy.esp = {ike::parse_esp_proposal("aes256-sha512").value()};
  profile.policy.esp = {ike::parse_esp_proposal("aes128gcm16").value()};
  run();
  const auto found = why();
  EXPECT_EQ(found.explanations.front().cause, "esp-encryption");
  EXPECT_EQ(found.step, Step::Tunnel);
  EXPECT_THAT(found.offered, Contains(HasSubstr("AES-GCM-16-128")));
  EXPECT_EQ(cause_by_client(), "esp-algorithms");
}

TEST_F(Tunnels, NoCommonIntegrityForPackets) {
  config.policy.esp = {ike::parse_esp_proposal("aes256-sha512").value()};
  profile.policy.esp = {ike::parse_esp_proposal("aes256-sha256").value()};
  run();
  EXPECT_EQ(cause(), "esp-integrity");
}

TEST_F(Tunnels, NoCommonCombinationForPackets) {
  config.policy.esp = {ike::parse_esp_proposal("aes256-sha512").value(),
                       ike::parse_esp_proposal("aes128-sha256").value()};
  profile.policy.esp = {ike::parse_esp_proposal("aes256-sha256").value()};
  run();
  EXPECT_EQ(cause(), "esp-combination");
}

TEST_F(Tunnels, RoutesThatTheRuleDoesNotHave) {
  profile.routes = {*IpPrefix::parse("10.99.0.0/16")};
  run();
  const auto found = why();
  EXPECT_EQ(found.explanations.front().cause, "traffic-selectors");
  EXPECT_THAT(found.offered, Contains(HasSubstr("10.99.0.0/16")));
  EXPECT_THAT(found.allowed, Contains(HasSubstr("192.168.10.0/24")));
  EXPECT_EQ(cause_by_client(), "routes");
}

}  // namespace
}  // namespace agilevpn::roles
