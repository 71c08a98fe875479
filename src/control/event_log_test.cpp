#include "control/event_log.h"

#include <gtest/gtest.h>

#include "ike/event.h"

namespace agilevpn::control {
namespace {

constexpr WallTime start{1'700'000'000s};

EventRecord junk(std::size_t octets = 0) {
  return {Severity::Detail,
          "ike",
          "DatagramDropped",
          "dropped a datagram: " + std::string(octets, 'x'),
          "192.0.2.66:500",
          {},
          true};
}
EventRecord useful(std::string name = "SessionStarted") {
  return {.room = "gateway", .name = std::move(name), .sentence = "connected"};
}

std::vector<std::string> names(const std::vector<LoggedEvent>& events) {
  std::vector<std::string> all;
  for (const LoggedEvent& event : events) all.push_back(event.record.name);
  return all;
}

TEST(EventLog, KeepsTheNewestInTheirOrder) {
  EventLog log({.events = 3});
  for (const char* name : {"A", "B", "A", "C"}) log.append(start, useful(name));
  EXPECT_EQ(names(log.since(0)), (std::vector<std::string>{"B", "A", "C"}));
  EXPECT_EQ(names(log.since(3)), (std::vector<std::string>{"C"}));
  EXPECT_EQ(names(log.since(0, 2)), (std::vector<std::string>{"A", "C"}));
  EXPECT_EQ(log.last_number(), 4u);
  EXPECT_TRUE(log.since(4).empty());
  EXPECT_TRUE(log.since(99).empty());
}

TEST(EventLog, IsBoundedInOctets) {
  EventLog log({.octets = 100'000});
  for (int second = 0; second < 100; ++second) log.append(start + second * 1s, junk(20'000));
  EXPECT_LE(log.octets(), 100'000u);
  EXPECT_EQ(log.since(0).size(), 4u);
  log.append(start + 200s, junk(200'000));  // More than it may hold at all.
  EXPECT_LE(log.octets(), 100'000u);
}

TEST(EventLog, JunkFlushesOutJunkOnly) {
  EventLog log({.events = 50});
  for (int i = 0; i < 20; ++i) log.append(start, useful());
  for (int i = 0; i < 5000; ++i) log.append(start + i * 100ms, junk());
  EXPECT_EQ(log.since(0).size(), 50u);
  EXPECT_EQ(log.since(0, SIZE_MAX, Severity::Info).size(), 20u);
}

TEST(EventLog, WhatNeedsNoProofIsToldTwoHundredTimesAndThenCounted) {
  EventLog log;
  for (int i = 0; i < 1434; ++i) log.append(start, junk());
  log.append(start, useful());
  EXPECT_EQ(log.since(0).size(), 201u);
  log.append(start + 1s, useful());
  const auto events = log.since(201);
  ASSERT_EQ(names(events), (std::vector<std::string>{"DatagramDropped", "SessionStarted"}));
  EXPECT_EQ(events[0].record.sentence, "and 1234 more DatagramDropped");
  EXPECT_EQ(events[0].record.severity, Severity::Detail);
}

TEST(EventLog, OnlyHalfOpenIkeSasCloseQuietly) {
  EventLog log;
  const auto closed = [](bool was_established) {
    return ike::to_record(ike::IkeSaClosed{.was_established = was_established});
  };
  for (int i = 0; i < 240; ++i) log.append(start, closed(true));
  EXPECT_EQ(log.since(0).size(), 240u);
  for (int i = 0; i < 240; ++i) log.append(start, closed(false));
  EXPECT_EQ(log.since(0).size(), 440u);
}

TEST(EventLog, AWatcherIsToldUntilItsWatchIsGone) {
  EventLog log;
  int told = 0;
  {
    const EventLog::Watch watch(log, [&] { ++told; });
    log.append(start, useful());
  }
  log.append(start, useful());
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace agilevpn::control
