// Profiles that are not for this gateway: the client believes nobody else than whom its file names, and says so in its
// maker's words.
#include <gmock/gmock.h>

#include "crypto/certificate_authority.h"
#include "tests/stock_profiles/world.h"

namespace agilevpn::stock_profiles {
namespace {

using profiles::LoginKind;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::array logins{LoginKind::Password, LoginKind::Certificate, LoginKind::EapTls};

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
  for (const LoginKind login : logins) {
    Connected connected =
        connect(login, [](profiles::Request& request) { request.gateway = request.identity = "vpn.example.com"; });
    expect_disbelief(connected);
  }
}

TEST_P(Mistaken, AProfileWithAnotherCaBelievesNobodyHere) {
  const auto other = crypto::CertificateAuthority::create(
      "CN=Another CA", crypto::KeyType::EcdsaP256, sim::calendar_start, sim::calendar_start + std::chrono::years{1});
  for (const LoginKind login : logins) {
    Connected connected =
        connect(login, [&](profiles::Request& request) { request.authorities = {other.certificate()}; });
    expect_disbelief(connected);
  }
}

TEST_P(Mistaken, AWrongPasswordIsSaidAsSuch) {
  Typed by_hand = typed();
  by_hand.password = "guess";
  Connected connected = connect(LoginKind::Password, [](profiles::Request&) {}, by_hand);
  EXPECT_FALSE(connected.is_connected());
  const std::string words = GetParam().starts_with("windows")               ? "691: "
                            : GetParam() == "iphone" || GetParam() == "mac" ? "User Authentication failed."
                                                                            : "User authentication failed.";
  EXPECT_THAT(connected.drops(), AllOf(Not(IsEmpty()), Each(HasSubstr(words))));
}

// The method inside IKE has a name of its own to expect.
TEST(MistakenServerName, OfEapTlsOnWindowsIsRefusedThoughTheGatewayIsBelieved) {
  auto options = options_for("modern");
  auto request = request_for(options, LoginKind::EapTls);
  request.identity = "radius.example.org";
  const Device& windows = device_called("windows");
  Connected connected{options, windows.read(profiles::write_profile(windows.profile, request).value(), typed())};
  EXPECT_FALSE(connected.is_connected());
  EXPECT_THAT(connected.drops(), AllOf(Not(IsEmpty()), Each(HasSubstr("691: "))));
}

}  // namespace
}  // namespace agilevpn::stock_profiles
