#include "gateway/networks.h"

#include <gmock/gmock.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const IpPrefix branch = *IpPrefix::parse("192.168.77.0/24"), part_of_branch = *IpPrefix::parse("192.168.77.64/26"),
               other_branch = *IpPrefix::parse("192.168.78.0/24");
constexpr ike::IkeSaId first_session{1}, second_session{2};

TEST(Networks, ANetworkOrAPartOfItIsOneSessionsOnly) {
  Networks networks;
  ASSERT_TRUE(networks.take(first_session, {branch}, {}));
  EXPECT_TRUE(networks.take(second_session, {other_branch}, {}));
  const auto taken = networks.take(second_session, {other_branch, part_of_branch}, {});
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error(),
              HasSubstr("192.168.77.64/26 cannot stand behind this client: another session has 192.168.77.0/24"));
  EXPECT_THAT(networks.of(second_session), ElementsAre(other_branch)) << "all or none";
  EXPECT_THAT(networks.release(first_session), ElementsAre(branch));
  EXPECT_TRUE(networks.take(second_session, {part_of_branch}, {}));
}

TEST(Networks, ASessionThatReplacesAnotherHasItBesideItAndItIsReturnedByTheLast) {
  Networks networks;
  ASSERT_TRUE(networks.take(first_session, {branch}, {}));
  ASSERT_TRUE(networks.take(second_session, {branch}, {first_session}));
  EXPECT_TRUE(networks.holds(first_session, {part_of_branch}));
  EXPECT_THAT(networks.release(first_session), IsEmpty());
  EXPECT_THAT(networks.release(second_session), ElementsAre(branch));
}

TEST(Networks, WhereTheGatewayStandsItselfNoClientDoes) {
  Networks networks;
  networks.set_own({*IpPrefix::parse("192.168.77.9/25"), *IpPrefix::parse("10.0.0.1/32")});
  const auto taken = networks.take(first_session, {other_branch, branch}, {});
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error(), HasSubstr("this gateway stands in 192.168.77.9/25 itself"));
  EXPECT_THAT(networks.of(first_session), IsEmpty());
}

}  // namespace
}  // namespace agilevpn::gateway
