#include "control/event_throttle.h"

#include <gtest/gtest.h>

namespace agilevpn::control {
namespace {

EventRecord fact(const std::string& name) {
  return {.severity = Severity::Info, .room = "radius", .name = name, .sentence = {}, .subject = {}, .fields = {}};
}

TEST(EventThrottle, WhatStrangersCauseIsToldTenTimesASecondAndThenCounted) {
  for (const char* name : {"DatagramDropped", "ExchangeRefused", "ForgedReply", "ReplyDropped", "DynamicRequestDropped"}) {
    EventThrottle throttle;
    std::size_t told = 0;
    for (int i = 0; i < 50; ++i) told += throttle.admits(WallTime{}, fact(name)) ? 1 : 0;
    EXPECT_EQ(told, EventThrottle::told_in_a_second) << name;
    const auto untold = throttle.take_untold(WallTime{} + std::chrono::seconds{1});
    ASSERT_EQ(untold.size(), 1u) << name;
    EXPECT_EQ(untold.front().sentence, std::string{"and 40 more "} + name);
  }
}

TEST(EventThrottle, WhatNeedsAProofIsToldAlways) {
  EventThrottle throttle;
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(throttle.admits(WallTime{}, fact("SessionStarted")));
}

}  // namespace
}  // namespace agilevpn::control
