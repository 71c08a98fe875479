#include "esp/replay_window.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace agilevpn::esp {
namespace {

constexpr std::uint64_t wrap = std::uint64_t{1} << 32;

TEST(ReplayWindow, TakesEachNumberOnceAndNeverZero) {
  ReplayWindow window{64};
  EXPECT_FALSE(window.accept(0));
  EXPECT_TRUE(window.accept(1));
  EXPECT_FALSE(window.accept(1));
  EXPECT_TRUE(window.accept(3));
  EXPECT_TRUE(window.accept(2));
  EXPECT_FALSE(window.is_fresh(2));
  EXPECT_EQ(window.highest(), 3u);
}

TEST(ReplayWindow, ForgetsNoNumberInsideAndTakesNoneBehindTheWindow) {
  ReplayWindow window{1024};
  EXPECT_TRUE(window.accept(5000));
  EXPECT_FALSE(window.is_fresh(5000 - 1024));
  EXPECT_TRUE(window.accept(5000 - 1023));
  EXPECT_FALSE(window.accept(5000 - 1023));
  EXPECT_TRUE(window.accept(1'000'000));
  EXPECT_FALSE(window.is_fresh(5000));
}

// A reference that remembers everything it saw.
TEST(ReplayWindow, AgreesWithASetThatForgetsNothing) {
  SeededRandom random{42};
  for (const std::size_t size : {64u, 100u, 128u, 1024u, 4096u}) {
    ReplayWindow window{size};
    std::set<std::uint64_t> seen;
    const std::uint64_t reach = (size + 63) / 64 * 64;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t back = random.below(2 * reach);
      const std::uint64_t jump = random.below(50) == 0 ? random.below(3 * reach) : random.below(8);
      const std::uint64_t number =
          random.below(2) == 0 ? window.highest() + jump : window.highest() - std::min(back, window.highest());
      const bool is_old = number + reach <= window.highest();
      const bool expected = number != 0 && !is_old && !seen.contains(number);
      ASSERT_EQ(window.accept(number), expected) << "seed 42, window " << size << ", number " << number;
      seen.insert(number);
    }
  }
}

TEST(ReplayWindow, InfersTheHighHalfAroundA32BitBoundary) {  // RFC 4303 appendix A2.2
  ReplayWindow window{1024};
  EXPECT_EQ(window.extend(1), 1u);
  EXPECT_EQ(window.extend(0xffffffff), 0xffffffffu);
  ASSERT_TRUE(window.accept(wrap - 2));
  EXPECT_EQ(window.extend(0xfffffff0), wrap - 16);
  EXPECT_EQ(window.extend(3), wrap + 3);
  ASSERT_TRUE(window.accept(wrap + 3));
  EXPECT_EQ(window.extend(0xffffffff), wrap - 1);  // Late, from before the boundary.
  EXPECT_EQ(window.extend(4), wrap + 4);
  ASSERT_TRUE(window.accept(wrap + 5000));
  EXPECT_EQ(window.extend(0xffffffff), 2 * wrap - 1);
  EXPECT_EQ(window.extend(0), 2 * wrap);
}

TEST(ReplayWindow, InfersEveryNumberThatMayCome) {
  SeededRandom random{7};
  for (int i = 0; i < 10'000; ++i) {
    ReplayWindow window{1024};
    const std::uint64_t highest = 1 + random.below(5 * wrap);
    ASSERT_TRUE(window.accept(highest));
    const std::uint64_t lowest = highest < 1024 ? 1 : highest - 1023;
    const std::uint64_t number = lowest + random.below(wrap - 1024);
    ASSERT_EQ(window.extend(static_cast<std::uint32_t>(number)), number) << "seed 7, highest " << highest;
  }
}

}  // namespace
}  // namespace agilevpn::esp
