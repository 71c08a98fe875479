#include "sim/play.h"

#include <gmock/gmock.h>

namespace agilevpn::sim {
namespace {

TEST(Play, TheSameSeedPlaysTheSameWorld) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) EXPECT_EQ(play(seed).trace, play(seed).trace) << "seed " << seed;
}

TEST(Play, AnotherSeedPlaysAnotherWorld) { EXPECT_NE(play(1).trace, play(2).trace); }

TEST(Play, MuchHappens) {
  const Played played = play(1);
  EXPECT_GT(played.troubles, 4u);
  EXPECT_GT(played.sessions, 0u);
  EXPECT_GT(played.packets_arrived, 100u);
}

}  // namespace
}  // namespace agilevpn::sim
