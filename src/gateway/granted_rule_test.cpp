#include "gateway/granted_rule.h"

#include <gmock/gmock.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GroupsNamed : public testing::Test {
 protected:
  std::vector<ConnectionRule> rules{{.name = "staff"}, {.name = "default"}};
};

TEST_F(GroupsNamed, AreFilterIdsAndThenClassesAsNpsAndFreeRadiusWriteThem) {
  const radius::Grant granted{.classes = {to_bytes("OU=sales;"), to_bytes("guests")}, .filter_ids = {"contractors"}};
  EXPECT_THAT(groups_named(granted, rules), ElementsAre("contractors", "sales", "guests"));
  EXPECT_EQ(group_of(granted, rules), "");
  EXPECT_THAT(groups_named({}, rules), IsEmpty());
}

TEST_F(GroupsNamed, EndWithTheFirstThatHasARule) {
  const radius::Grant granted{.classes = {to_bytes("OU=staff;"), to_bytes("guests")}, .filter_ids = {"contractors"}};
  EXPECT_THAT(groups_named(granted, rules), ElementsAre("contractors", "staff"));
  EXPECT_EQ(group_of(granted, rules), "staff");
}

TEST(WithGrant, AFramedAddressIsOfAPoolOrOfWhatLeadsToTheTunnel) {
  Config config{.rules = {{.name = "default"}}};
  config.pools = {{"ipv4", *IpPrefix::parse("10.66.0.0/24"), {}}};
  config.framed_networks = {*IpPrefix::parse("10.9.0.0/24"), *IpPrefix::parse("fd99::/48")};
  for (const char* good : {"10.66.0.77", "10.9.0.5"})
    EXPECT_TRUE(with_grant(config, "", {.framed_ip = IpAddress::parse(good)})) << good;
  EXPECT_TRUE(with_grant(config, "", {.framed_ipv6_prefixes = {*IpPrefix::parse("fd99:0:0:7::/64")}}));
  EXPECT_THAT(with_grant(config, "", {.framed_ip = IpAddress::v4(172, 20, 0, 5)}).error(),
              HasSubstr("172.20.0.5 lies in no pool"));
  EXPECT_THAT(with_grant(config, "", {.framed_ipv6 = IpAddress::parse("fd98::1")}).error(),
              HasSubstr("fd98::1 lies in no pool"));
}

}  // namespace
}  // namespace agilevpn::gateway
