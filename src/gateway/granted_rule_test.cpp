#include "gateway/granted_rule.h"

#include <gmock/gmock.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;
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

}  // namespace
}  // namespace agilevpn::gateway
