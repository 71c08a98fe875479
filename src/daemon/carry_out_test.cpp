#include "daemon/carry_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/pop.h"

namespace agilevpn::daemon {
namespace {

using testing::ElementsAre;

struct World {
  std::vector<std::string> done;

  Result<void, Error> apply(const std::vector<ike::SaChange>&) {
    return done.emplace_back("SA change"), Result<void, Error>{};
  }
  void send_ike(const ike::Transmit&) { done.emplace_back("datagram"); }
  void report(Severity, const std::string&, const std::string&) {}
  void write_key(const ike::KeyLogEntry&) {}
  bool saves_keys() const { return false; }
};

// Asks one question, and says AUTHENTICATION_FAILED when it is answered.
struct FakeRole {
  std::deque<ike::Ask> asks{{}};
  std::deque<ike::SaChange> changes;
  std::deque<ike::Transmit> transmits;

  auto poll_ask() { return pop(asks); }
  auto poll_sa_change() { return pop(changes); }
  auto poll_transmit() { return pop(transmits); }
  std::optional<ike::KeyLogEntry> poll_key_log() { return std::nullopt; }
  void log_keys(bool) {}
  void handle_answer(Instant, ike::AskId, const ike::Answer&) {
    transmits.emplace_back();
    changes.emplace_back(ike::RemoveChildSa{});
  }
};

auto answer_at_once(FakeRole& role) {
  return [&role](const ike::Ask& ask) { role.handle_answer(linux::now(), ask.id, ike::Refused{}); };
}

TEST(CarryOut, WhatAnAnswerLeadsToIsDoneAtOnceAndSasBeforeDatagrams) {
  FakeRole role;
  World world;
  carry_out(role, &world, world, answer_at_once(role));
  EXPECT_THAT(world.done, ElementsAre("SA change", "datagram"));
}

TEST(CarryOut, WithoutAPathNothingIsLeftBehind) {
  FakeRole role;
  World world;
  carry_out(role, static_cast<World*>(nullptr), world, answer_at_once(role));
  EXPECT_TRUE(role.transmits.empty());
  EXPECT_TRUE(role.changes.empty());
}

}  // namespace
}  // namespace agilevpn::daemon
