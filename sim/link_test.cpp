#include "sim/link.h"

#include <gmock/gmock.h>

namespace agilevpn::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Instant start{};

TEST(Link, DeliversOnceAfterItsLatency) {
  SeededRandom random{1};
  Link link{.latency = 7ms};
  EXPECT_THAT(link.arrivals(start, 100, random), ElementsAre(start + 7ms));
}

TEST(Link, LosesAboutAsMuchAsItSays) {
  SeededRandom random{1};
  Link link{.loss = 0.25};
  int arrived = 0;
  for (int i = 0; i < 4000; ++i) arrived += link.arrivals(start, 100, random).empty() ? 0 : 1;
  EXPECT_NEAR(arrived, 3000, 150);
}

TEST(Link, KeepsTheOrderDespiteJitterUnlessItReorders) {
  const auto overtakes = [](bool reorders) {
    SeededRandom random{1};
    Link link{.jitter = 20ms, .reorders = reorders};
    Instant last{};
    for (int i = 0; i < 100; ++i) {
      const auto arrival = link.arrivals(start + i * 1ms, 100, random).at(0);
      if (arrival < last) return true;
      last = arrival;
    }
    return false;
  };
  EXPECT_FALSE(overtakes(false));
  EXPECT_TRUE(overtakes(true));
}

TEST(Link, LosesWhatIsTooLargeWhereFragmentsDoNotPass) {
  SeededRandom random{1};
  Link link{.mtu = 1400, .passes_fragments = false};
  EXPECT_THAT(link.arrivals(start, 1400, random), SizeIs(1));
  EXPECT_THAT(link.arrivals(start, 1401, random), IsEmpty());
}

TEST(Link, DeliversNothingWhileCut) {
  SeededRandom random{1};
  Link link{.is_up = false};
  EXPECT_THAT(link.arrivals(start, 100, random), IsEmpty());
}

}  // namespace
}  // namespace agilevpn::sim
