#include "control/event_throttle.h"

#include <gtest/gtest.h>

#include "gateway/event.h"

namespace agilevpn::control {
namespace {

// One of each.
std::vector<gateway::Event> what_strangers_cause() {
  std::vector<gateway::Event> facts;
  for (ike::Event fact : std::initializer_list<ike::Event>{
           ike::DatagramDropped{}, ike::IkeSaInitiated{}, ike::IkeSaInitRefused{}, ike::IkeProposalChosen{},
           ike::NatDetected{}, ike::AuthRequested{}, ike::FragmentsLost{}, ike::ExchangeRefused{},
           ike::IkeSaClosed{.was_established = false}})
    facts.emplace_back(std::move(fact));
  for (radius::Event fact : std::initializer_list<radius::Event>{radius::ForgedReply{}, radius::ReplyDropped{},
                                                                 radius::DynamicRequestDropped{}})
    facts.emplace_back(std::move(fact));
  facts.emplace_back(gateway::PeerRefused{});
  facts.emplace_back(gateway::LoginDelayed{});
  return facts;
}

int told_of(EventThrottle& throttle, const EventRecord& record, WallTime time, int times) {
  int told = 0;
  for (int i = 0; i < times; ++i) told += throttle.admits(time, record) ? 1 : 0;
  return told;
}

TEST(EventThrottle, WhatStrangersCauseIsToldTwoHundredTimesAndThenCounted) {
  for (const gateway::Event& fact : what_strangers_cause()) {
    const EventRecord record = gateway::to_record(fact);
    EventThrottle throttle;
    EXPECT_EQ(told_of(throttle, record, WallTime{}, 240), 200) << record.name;
    const auto untold = throttle.take_untold(WallTime{} + std::chrono::seconds{1});
    ASSERT_EQ(untold.size(), 1u) << record.name;
    EXPECT_EQ(untold.front().sentence, "and 40 more " + record.name);
  }
}

TEST(EventThrottle, AFloodIsToldTwentyTimesASecondAndAPauseMakesUpForIt) {
  const EventRecord record = gateway::to_record(gateway::Event{ike::Event{ike::DatagramDropped{}}});
  EventThrottle throttle;
  const WallTime start{};
  EXPECT_EQ(told_of(throttle, record, start, 1000), 200);
  EXPECT_EQ(told_of(throttle, record, start + std::chrono::seconds{1}, 1000), 20);
  EXPECT_EQ(told_of(throttle, record, start - std::chrono::hours{1}, 1000), 0)
      << "a clock that was put back gives nothing";
  EXPECT_EQ(told_of(throttle, record, start + std::chrono::years{1}, 1000), 200);
}

TEST(EventThrottle, WhatNeedsAProofIsToldAlways) {
  const std::vector<gateway::Event> facts = {ike::Event{ike::PeerAuthenticated{}},
                                             ike::Event{ike::IkeSaClosed{.was_established = true}},
                                             gateway::SessionStarted{}, radius::Event{radius::ServerDied{}}};
  for (const gateway::Event& fact : facts) {
    const EventRecord record = gateway::to_record(fact);
    EventThrottle throttle;
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(throttle.admits(WallTime{}, record)) << record.name;
  }
}

}  // namespace
}  // namespace agilevpn::control
