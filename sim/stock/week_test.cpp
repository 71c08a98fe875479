// A simulated week of every stock client alone, and a day of all of them together.
#include <gmock/gmock.h>

#include "sim/stock/crowd.h"
#include "sim/stock/every_kind.h"
#include "sim/stock/week.h"

namespace agilevpn::sim::stock {
namespace {

using testing::IsEmpty;

class Week : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Stock, Week, every_kind(), name_of_test);

TEST_P(Week, IdlingWorkingMovingAndSleepingItKeepsItsAddressAndNothingDropsIt) {
  const Played played = play({.seed = 7, .kind = GetParam(), .duration = week});
  EXPECT_THAT(played.complaints, IsEmpty());
  EXPECT_GT(played.counts.moves + played.logins, of_a_week(30));
  EXPECT_GT(played.counts.child_rekeys + played.counts.peer_child_rekeys, of_a_week(30));
  EXPECT_GT(played.counts.ike_rekeys + played.counts.peer_ike_rekeys, of_a_week(20));
  EXPECT_GT(static_cast<double>(played.answers), 0.99 * static_cast<double>(played.pings));
}

TEST(Crowd, OfAllKindsBehindOneNatLivesADayWithoutADrop) {
  const Played played = play({.seed = 3, .count = 2, .duration = 24h});
  EXPECT_EQ(played.clients, 2 * kinds().size());
  EXPECT_THAT(played.complaints, IsEmpty());
}

}  // namespace
}  // namespace agilevpn::sim::stock
