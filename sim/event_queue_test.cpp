#include "sim/event_queue.h"

#include <gmock/gmock.h>

namespace agilevpn::sim {
namespace {

using testing::ElementsAre;

TEST(EventQueue, RunsEventsByTimeAndThenInTheOrderTheyWereScheduled) {
  EventQueue queue;
  std::vector<int> seen;
  queue.schedule_in(2s, [&] { seen.push_back(3); });
  queue.schedule_in(1s, [&] { seen.push_back(1); });
  queue.schedule_in(1s, [&] { seen.push_back(2); });
  queue.run_to(Instant{} + 5s);
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_EQ(queue.now(), Instant{} + 5s);
}

TEST(EventQueue, AnEventMayScheduleAndCancelOthers) {
  EventQueue queue;
  std::vector<int> seen;
  const auto doomed = queue.schedule_in(3s, [&] { seen.push_back(9); });
  queue.schedule_in(1s, [&] {
    queue.cancel(doomed);
    queue.schedule(Instant{}, [&] { seen.push_back(queue.now() == Instant{} + 1s ? 1 : 0); });
  });
  queue.run_to(Instant{} + 5s);
  EXPECT_THAT(seen, ElementsAre(1));
  EXPECT_TRUE(queue.is_empty());
}

TEST(EventQueue, LeavesWhatIsLaterThanTheLimit) {
  EventQueue queue;
  queue.schedule_in(2s, [] {});
  EXPECT_FALSE(queue.run_next(Instant{} + 1s));
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.now(), Instant{});
}

}  // namespace
}  // namespace agilevpn::sim
