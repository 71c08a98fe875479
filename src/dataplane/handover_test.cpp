#include "dataplane/handover.h"

#include <gtest/gtest.h>

#include <thread>

namespace agilevpn::dataplane {
namespace {

// Knows how many of its kind there are, and that its thread is the one that destroys it.
struct Counted {
  explicit Counted(int value_) : value(value_) { ++alive; }
  Counted(Counted&& other) noexcept : value(other.value) { ++alive; }
  ~Counted() {
    --alive;
    EXPECT_EQ(std::this_thread::get_id(), giver);
  }
  int value;
  static inline std::atomic<int> alive = 0;
  static inline std::thread::id giver = std::this_thread::get_id();
};

TEST(Handover, TheTakerSeesTheNewestOnly) {
  Handover<int> handover{0};
  EXPECT_EQ(handover.latest(), 0);
  handover.give(1);
  handover.give(2);
  EXPECT_EQ(handover.latest(), 2);
  EXPECT_EQ(handover.latest(), 2);
}

TEST(Handover, NothingIsLeftOver) {
  {
    Handover<Counted> handover{Counted{0}};
    handover.give(Counted{1});
    handover.give(Counted{2});
    EXPECT_EQ(Counted::alive, 2);  // What is in use, and what waits.
    EXPECT_EQ(handover.latest().value, 2);
    EXPECT_EQ(Counted::alive, 2);
    handover.collect();
    EXPECT_EQ(Counted::alive, 1);
    handover.give(Counted{3});
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Handover, TheGiverDestroysEverything) {
  constexpr int last = 20'000;
  {
    Handover<Counted> handover{Counted{0}};
    std::thread taker{[&] {
      for (int seen = 0; seen < last;) {
        const int next = handover.latest().value;
        EXPECT_GE(next, seen);
        seen = next;
      }
    }};
    for (int i = 1; i <= last; ++i) {
      handover.give(Counted{i});
      EXPECT_LE(Counted::alive, 4);
    }
    taker.join();
  }
  EXPECT_EQ(Counted::alive, 0);
}

}  // namespace
}  // namespace agilevpn::dataplane
