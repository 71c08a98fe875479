// Profiles that are not for this gateway: the client believes nobody else than whom its file names, and says so in its
// maker's words.
#include <gmock/gmock.h>

#include "control/config/gateway_config.h"
#include "crypto/certificate_authority.h"
#include "profiles/gateway_request.h"
#include "tests/stock_profiles/world.h"

namespace agilevpn::stock_profiles {
namespace {

using profiles::LoginKind;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// All that the device knows.
std::vector<LoginKind> logins_of(const std::string& device) {
  std::vector<LoginKind> logins{LoginKind::Password,     LoginKind::Certificate, LoginKind::EapTls, LoginKind::Peap,
                                LoginKind::TtlsMsChapV2, LoginKind::TtlsPap,     LoginKind::Gtc};
  std::erase_if(logins, [&](LoginKind login) {
    return profiles::missing_login(device_called(device).profile, login).has_value();
  });
  return logins;
}

std::string words_of(const std::string& device) {
  if (device.starts_with("windows")) return "13801: IKE authentication credentials are unacceptable";
  return device == "iphone" || device == "mac" ? "Could not validate the server certificate."
                                               : "Verifying server (gateway) authentication failed.";
}

class Mistaken : public testing::TestWithParam<std::string> {
 protected:
  // The client that this changed request sets up, at the gateway whose configuration it began with.
  Connected connect(LoginKind login, const std::function<void(profiles::Request&)>& change,
                    const Typed& by_hand = typed()) {
    const Device& device = device_called(GetParam());
    auto options = options_for(GetParam() == "windows7" ? "compatible" : "modern");
    auto request = request_for(options, login);
    change(request);
    return {options, device.read(profiles::write_profile(device.profile, request).value(), by_hand)};
  }
  void expect_disbelief(Connected& connected) const {
    EXPECT_FALSE(connected.is_connected());
    EXPECT_THAT(connected.drops(), AllOf(Not(IsEmpty()), Each(HasSubstr(words_of(GetParam())))));
    EXPECT_EQ(connected.client().logins(), 0u);
  }
};

INSTANTIATE_TEST_SUITE_P(Stock, Mistaken, testing::Values("windows", "windows7", "iphone", "mac", "app", "swanctl"),
                         [](const auto& one) { return one.param; });

TEST_P(Mistaken, AProfileForAnotherNameBelievesNobodyHere) {
  for (const LoginKind login : logins_of(GetParam())) {
    Connected connected =
        connect(login, [](profiles::Request& request) { request.gateway = request.identity = "vpn.example.com"; });
    expect_disbelief(connected);
  }
}

TEST_P(Mistaken, AProfileWithAnotherCaBelievesNobodyHere) {
  const auto other = crypto::CertificateAuthority::create(
      "CN=Another CA", crypto::KeyType::EcdsaP256, sim::calendar_start, sim::calendar_start + std::chrono::years{1});
  for (const LoginKind login : logins_of(GetParam())) {
    Connected connected =
        connect(login, [&](profiles::Request& request) { request.authorities = {other.certificate()}; });
    expect_disbelief(connected);
  }
}

TEST_P(Mistaken, AWrongPasswordIsSaidAsSuch) {
  Typed by_hand = typed();
  by_hand.password = "guess";
  const std::string words = GetParam().starts_with("windows")               ? "691: "
                            : GetParam() == "iphone" || GetParam() == "mac" ? "User Authentication failed."
                                                                            : "User authentication failed.";
  for (const LoginKind login : logins_of(GetParam())) {
    if (profiles::is_by_certificate(login)) continue;
    Connected connected = connect(login, [](profiles::Request&) {}, by_hand);
    EXPECT_FALSE(connected.is_connected());
    EXPECT_THAT(connected.drops(), AllOf(Not(IsEmpty()), Each(HasSubstr(words))));
  }
}

// The method inside IKE has a name of its own to expect.
TEST(MistakenServerName, InsideEapOnWindowsIsRefusedThoughTheGatewayIsBelieved) {
  for (const LoginKind login : logins_of("windows")) {
    if (!profiles::is_in_tls(login)) continue;
    auto options = options_for("modern");
    auto request = request_for(options, login);
    request.identity = "radius.example.org";
    const Device& windows = device_called("windows");
    Connected connected{options, windows.read(profiles::write_profile(windows.profile, request).value(), typed())};
    EXPECT_FALSE(connected.is_connected());
    EXPECT_THAT(connected.drops(), AllOf(Not(IsEmpty()), Each(HasSubstr("691: "))));
  }
}

TEST(ACertificateForAProfile, OfACaThatTheGatewayDoesNotTrustIsNotWritten) {
  const auto options = options_for("modern");
  const auto own = sim::Credentials::with_certificate(sim::stock::name_of_gateway, options.gateway_key);
  const control::config::GatewayConfig config{.gateway = sim::stock::gateway_config(options),
                                              .credentials = own.trust()};
  const auto rule_for_key = [&](crypto::KeyType ca) {  // The test's CAs are told apart by their keys.
    const auto anna = sim::Credentials::with_certificate(user, ca);
    profiles::Login login{.kind = LoginKind::Certificate, .user = user, .certificate = {}, .password = {}};
    login.certificate = profiles::UserCertificate{anna.chain.front(), *anna.key, {}, Secret{}};
    return profiles::rule_for(config, login, sim::calendar_start);
  };
  EXPECT_TRUE(rule_for_key(options.gateway_key));
  const auto other = rule_for_key(crypto::KeyType::Rsa);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().what, HasSubstr("would refuse the certificate"));
}

}  // namespace
}  // namespace agilevpn::stock_profiles
