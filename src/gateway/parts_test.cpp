#include "gateway/parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::gateway {
namespace {

Config with_radius() {
  Config config{.name = "vpn.example.org"};
  config.radius.push_back({.name = "radius1", .secret = Secret::copy_of(as_bytes("testing123"))});
  return config;
}

Config with_users() {
  Config config{.name = "vpn.example.org"};
  config.eap_methods = {eap::Type::MsChapV2};
  return config;
}

TEST(Reload, UsersAndRadiusTakeTurnsAtARestartOnly) {
  EXPECT_THAT(*why_only_by_restart(with_radius(), with_users()), testing::HasSubstr("at a restart only"));
  EXPECT_THAT(*why_only_by_restart(with_users(), with_radius()), testing::HasSubstr("at a restart only"));
  EXPECT_FALSE(why_only_by_restart(with_users(), with_users()));
  EXPECT_FALSE(why_only_by_restart(with_radius(), with_radius()));
}

}  // namespace
}  // namespace agilevpn::gateway
