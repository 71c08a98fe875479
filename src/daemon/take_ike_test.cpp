#include "daemon/take_ike.h"

#include <gtest/gtest.h>

#include "dataplane/ike_queue.h"
#include "linux/clock.h"
#include "linux/event_loop.h"

namespace agilevpn::daemon {
namespace {

struct FakeWorker {
  dataplane::IkeQueue queue{{.messages = 1024, .octets = 4096}};

  void receive() { ASSERT_TRUE(queue.push({}, Bytes(1))); }
  std::optional<dataplane::ReceivedIke> poll_ike() { return queue.pop(); }
};

TEST(TakeIke, WhoSendsAsFastAsWeTakeKeepsTheLoopFromNothing) {
  linux::EventLoop loop;
  FakeWorker worker;
  int taken = 0;
  linux::Timer timer{loop, [&] { loop.stop(); }};
  linux::ReadWatch watch{loop, worker.queue.fd(), [&] {
                           take_ike(worker, [&](const auto&) {
                             if (++taken == 1) timer.arm(linux::now());
                             if (taken < 100'000) worker.receive();
                           });
                         }};
  worker.receive();
  loop.run();
  EXPECT_GE(taken, 1);
  EXPECT_LE(taken, 10 * ike_messages_per_turn);
}

TEST(TakeIke, WhatATurnLeavesIsTakenInTheNext) {
  linux::EventLoop loop;
  FakeWorker worker;
  const int all = 3 * ike_messages_per_turn + 1;
  for (int i = 0; i < all; ++i) worker.receive();
  int taken = 0;
  linux::ReadWatch watch{loop, worker.queue.fd(), [&] {
                           take_ike(worker, [&](const auto&) {
                             if (++taken == all) loop.stop();
                           });
                         }};
  linux::Timer patience{loop, [&] { loop.stop(); }};
  patience.arm(linux::now() + 10s);
  loop.run();
  EXPECT_EQ(taken, all);
}

}  // namespace
}  // namespace agilevpn::daemon
