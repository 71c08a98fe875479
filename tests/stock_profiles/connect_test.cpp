// Every device, by the file that is generated for it, under every policy that serves it and with every login.
#include <gmock/gmock.h>

#include "tests/stock_profiles/world.h"

namespace agilevpn::stock_profiles {
namespace {

using profiles::LoginKind;
using testing::Combine;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Values;

struct Login {
  const char* name;
  LoginKind kind;
  const char* method;  // As the gateway calls it: a regular expression.
};
void PrintTo(const Login& login, std::ostream* out) { *out << login.name; }

using Case = std::tuple<std::string, std::string, Login>;

constexpr std::array logins{Login{"password", LoginKind::Password, "EAP-MSCHAPv2"},
                            Login{"certificate", LoginKind::Certificate, "RSA|ECDSA"},
                            Login{"eap_tls", LoginKind::EapTls, "EAP-TLS"},
                            Login{"peap", LoginKind::Peap, "PEAP"},
                            Login{"ttls_pap", LoginKind::TtlsPap, "EAP-TTLS"},
                            Login{"ttls_mschapv2", LoginKind::TtlsMsChapV2, "EAP-TTLS"},
                            Login{"gtc", LoginKind::Gtc, "EAP-GTC"}};

std::string name_of_case(const testing::TestParamInfo<Case>& info) {
  const auto& [device, policy, login] = info.param;
  return device + "_" + (policy == "legacy-windows" ? "legacy" : policy) + "_" + login.name;
}

std::vector<std::string> names_of_devices() {
  std::vector<std::string> names;
  for (const Device& device : devices()) names.push_back(device.name);
  return names;
}

Result<SetUp, Error> set_up(const Device& device, const profiles::Request& request) {
  TRY_ASSIGN(const auto files, profiles::write_profile(device.profile, request));
  return device.read(files, typed());
}

std::vector<std::string> ike_suites(const sim::stock::Kind& kind) {
  std::vector<std::string> all;
  for (const auto& proposal : kind.ike) all.push_back(ike::ike_suite(proposal)->to_string());
  return all;
}

std::vector<std::string> esp_suites(const sim::stock::Kind& kind) {
  std::vector<std::string> all;
  for (const auto& proposal : kind.esp)
    if (const auto suite = ike::esp_suite(proposal)) all.push_back(suite->to_string());
  return all;
}

class ByProfile : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Stock, ByProfile,
                         Combine(testing::ValuesIn(names_of_devices()),
                                 Values("modern", "compatible", "legacy-windows"), testing::ValuesIn(logins)),
                         name_of_case);

TEST_P(ByProfile, ItIsUpAtTheFirstTryWithTheSuiteThatTheFileNamesAndRekeysAsTheFileSays) {
  const auto& [name, policy, login] = GetParam();
  const Device& device = device_called(name);
  auto options = options_for(policy);
  options.keeps_nt_hashes = !profiles::is_password_itself(login.kind);
  const profiles::Request request = request_for(options, login.kind);
  auto made = set_up(device, request);
  const bool is_served =
      (name != "windows7" || policy != "modern") && !profiles::missing_login(device.profile, login.kind);
  ASSERT_EQ(made.has_value(), is_served) << "the writer itself says whom a policy cannot serve, and with what login";
  if (!is_served) return;

  Connected connected{options, *std::move(made)};
  const sim::stock::Kind& kind = connected.made.kind;
  ASSERT_TRUE(connected.is_connected()) << connected.why();
  EXPECT_THAT(connected.crowd.methods, ElementsAre(testing::ContainsRegex(login.method)));
  EXPECT_THAT(connected.client().drops(), IsEmpty()) << connected.why();
  EXPECT_EQ(connected.made.dialled, sim::stock::name_of_gateway);
  EXPECT_TRUE(kind.ike.size() == 1 || name == "windows7") << "what was told leaves one suite";
  EXPECT_THAT(ike_suites(kind), Contains(connected.ike_sa().suite));
  EXPECT_THAT(esp_suites(kind), Contains(connected.ike_sa().child_sas.at(0).suite));
  EXPECT_EQ(connected.ike_sa().is_mobike, request.mobility);

  connected.work_for(request.child_rekey + 5min);
  const auto counts = connected.client().counts();
  EXPECT_GE(counts.child_rekeys + counts.peer_child_rekeys, 1u);
  EXPECT_EQ(connected.client().session()->child_key_exchange(), kind.habits.pfs.value_or(crypto::KeyExchangeId::None));
  EXPECT_EQ(connected.client().logins(), 1u);
  EXPECT_THAT(connected.crowd.complaints(), IsEmpty());
  EXPECT_EQ(connected.member->answers, connected.member->pings);
}

class EveryDevice : public testing::TestWithParam<std::string> {
 protected:
  const Device& device() const { return device_called(GetParam()); }
  std::string policy() const { return GetParam() == "windows7" ? "compatible" : "modern"; }
};

INSTANTIATE_TEST_SUITE_P(Stock, EveryDevice, testing::ValuesIn(names_of_devices()),
                         [](const auto& one) { return one.param; });

// The registry value of Windows 7 and its phone book have no word for it.
TEST_P(EveryDevice, RekeysWithAGroupWhereTheGatewayHasPfsAndWithoutOneElse) {
  for (const bool pfs : {true, false}) {
    auto options = options_for(policy());
    options.settings.pfs = pfs;
    auto made = set_up(device(), request_for(options, LoginKind::Password)).value();
    EXPECT_EQ(made.kind.habits.pfs.has_value(), pfs && GetParam() != "windows7");
    made.kind.habits.child_rekey = 20min;  // Its own, whatever else it was told.
    Connected connected{options, std::move(made)};
    connected.work_for(25min);
    EXPECT_EQ(connected.client().counts().child_rekeys, 1u) << connected.why();
    EXPECT_EQ(connected.client().session()->child_key_exchange() != crypto::KeyExchangeId::None,
              pfs && GetParam() != "windows7");
    EXPECT_THAT(connected.crowd.complaints(), IsEmpty());
  }
}

TEST_P(EveryDevice, StaysOnOneNetworkWhereTheGatewayHasNoMobility) {
  auto options = options_for(policy());
  options.settings.mobike = false;
  Connected connected{options, set_up(device(), request_for(options, LoginKind::Password)).value()};
  EXPECT_TRUE(connected.is_connected()) << connected.why();
  EXPECT_FALSE(connected.ike_sa().is_mobike);
  const bool has_a_word = GetParam() != "app";
  EXPECT_EQ(connected.made.kind.habits.has_mobike, !has_a_word);
}

// Where a file has lifetimes: they are longer than the gateway's, so it must be the gateway's that fail to come.
TEST(ProfileLifetimes, RekeyBeforeTheyEndThoughTheGatewayNeverDoes) {
  for (const auto& [name, after] :
       {std::pair{"iphone", 90min}, std::pair{"mac", 90min}, std::pair{"swanctl", 120min}}) {
    auto options = options_for("modern");
    auto made = set_up(device_called(name), request_for(options, LoginKind::Password)).value();
    options.settings.child_rekey = options.settings.ike_rekey = {};
    Connected connected{options, std::move(made)};
    connected.work_for(after - 2min);
    EXPECT_EQ(connected.client().counts().child_rekeys, 0u) << name;
    connected.work_for(4min);
    EXPECT_EQ(connected.client().counts().child_rekeys, 1u) << name;
    connected.work_for(8h);
    EXPECT_GE(connected.client().counts().ike_rekeys, 1u) << name;
    EXPECT_THAT(connected.crowd.complaints(), IsEmpty()) << name;
  }
}

}  // namespace
}  // namespace agilevpn::stock_profiles
