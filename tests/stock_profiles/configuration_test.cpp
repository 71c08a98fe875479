// The crowd's gateway, of which the models' months are told, is one that few lines make: its certificate and what is told to
// clients besides are left out of the comparison.
#include <gmock/gmock.h>

#include "control/config/config_fixture.h"
#include "control/config/gateway_config.h"
#include "sim/stock/crowd.h"

namespace agilevpn::stock_profiles {
namespace {

using testing::SizeIs;

class OneConfiguration : public control::config::ConfigFixture {};

TEST_F(OneConfiguration, UnderTenLinesServesEveryKind) {
  pki().issue({.name = sim::stock::name_of_gateway, .is_gateway = true}, wall_now()).value();
  const std::string nine_lines =
      "name = \"vpn.example.org\"\n"
      "policy = \"legacy-windows\"\n"
      "[certificate]\nown-ca = true\n"
      "[pool]\nipv4 = \"10.66.0.0/16\"\nipv6 = \"fd00:66::/64\"\n"
      "[users]\nmethods = [\"tls\", \"mschapv2\"]\n";
  const auto config = control::config::load_gateway(write("gateway.toml", "state-dir = \".\"\n" + nine_lines));
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));

  const gateway::Config& written = config->gateway;
  const gateway::Config crowds = sim::stock::gateway_config({.policy = "legacy-windows", .settings = {}});
  EXPECT_EQ(written.identity, crowds.identity);
  EXPECT_EQ(written.policy, crowds.policy);
  EXPECT_EQ(written.eap_methods, crowds.eap_methods);
  EXPECT_TRUE(written.mschap);
  EXPECT_EQ(written.uniqueness, crowds.uniqueness);
  ASSERT_EQ(written.pools.size(), crowds.pools.size());
  for (std::size_t i = 0; i < crowds.pools.size(); ++i) EXPECT_EQ(written.pools[i].prefix, crowds.pools[i].prefix);
  ASSERT_THAT(written.rules, SizeIs(1));
  EXPECT_THAT(written.rules[0].pools, SizeIs(crowds.rules[0].pools.size()));
  ASSERT_TRUE(written.rules[0].certificate);
  EXPECT_EQ(written.rules[0].certificate->purpose, crowds.rules[0].certificate->purpose);
}

}  // namespace
}  // namespace agilevpn::stock_profiles
