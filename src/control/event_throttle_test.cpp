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

TEST(EventThrottle, WhatStrangersCauseIsToldTenTimesASecondAndThenCounted) {
  for (const gateway::Event& fact : what_strangers_cause()) {
    const EventRecord record = gateway::to_record(fact);
    EventThrottle throttle;
    std::size_t told = 0;
    for (int i = 0; i < 50; ++i) told += throttle.admits(WallTime{}, record) ? 1 : 0;
    EXPECT_EQ(told, EventThrottle::told_in_a_second) << record.name;
    const auto untold = throttle.take_untold(WallTime{} + std::chrono::seconds{1});
    ASSERT_EQ(untold.size(), 1u) << record.name;
    EXPECT_EQ(untold.front().sentence, "and 40 more " + record.name);
  }
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
