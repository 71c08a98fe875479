#include "gateway/session_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ike::IkeSaId anna{1}, bert{2}, carl{3};
constexpr Instant start{};

// Each may be idle for a minute.
SessionTable with_three_sessions() {
  SessionTable table;
  Instant when = start;
  for (const auto id : {anna, bert, carl}) {
    table.admit(id, {.idle_timeout = 1min});
    table.start(when, id);
    table.add_child_sa(ike::ChildSaId{id.value * 10}, id);
    when += 1s;
  }
  return table;
}

ike::TrafficReport report(ike::IkeSaId of, std::uint64_t bytes_in) {
  return {.child = ike::ChildSaId{of.value * 10}, .bytes_in = bytes_in};
}

TEST(SessionTable, KnowsWhoHasBeenIdleTheLongest) {
  SessionTable table = with_three_sessions();
  EXPECT_EQ(table.first_deadline(), start + 1min);
  table.handle_traffic(start + 10s, report(anna, 100));
  EXPECT_EQ(table.first_deadline(), start + 61s);
  EXPECT_THAT(table.all_due(start + 62s), ElementsAre(bert, carl));
}

TEST(SessionTable, AReportOfNoTrafficIsNoTraffic) {
  SessionTable table = with_three_sessions();
  table.handle_traffic(start + 10s, report(anna, 100));
  table.handle_traffic(start + 20s, report(anna, 100));
  EXPECT_THAT(table.all_due(start + 70s), ElementsAre(bert, carl, anna));
  EXPECT_EQ(table.find(anna)->traffic.bytes_in(), 100u);
}

TEST(SessionTable, OneThatIsEndingIsNotIdleEvenIfSomethingStillPasses) {
  SessionTable table = with_three_sessions();
  table.end(anna, {radius::AcctTerminateCause::AdminReset, "enough"});
  table.handle_traffic(start + 10s, report(anna, 100));
  EXPECT_THAT(table.all_due(start + 1h), ElementsAre(bert, carl));
  EXPECT_EQ(table.remove(anna)->ending->why, "enough");
  EXPECT_EQ(table.find(anna), nullptr);
}

TEST(SessionTable, OneThatIsOnlyAdmittedIsNotIdle) {
  SessionTable table;
  table.admit(anna, {.idle_timeout = 1min});
  EXPECT_FALSE(table.first_deadline());
}

TEST(SessionTable, TrafficDoesNotProlongASessionTimeout) {
  SessionTable table;
  table.admit(anna, {.session_timeout = 1h});
  table.start(start, anna);
  table.add_child_sa(ike::ChildSaId{10}, anna);
  table.handle_traffic(start + 10s, report(anna, 100));
  EXPECT_EQ(table.first_deadline(), start + 1h);
  EXPECT_THAT(table.all_due(start + 1h), ElementsAre(anna));
}

TEST(SessionTable, TrafficOfAClosedChildSaIsNobodys) {
  SessionTable table = with_three_sessions();
  table.handle_traffic(start, report(bert, 100));
  auto last = report(bert, 120);
  last.is_last = true;
  EXPECT_EQ(table.handle_traffic(start, last), bert);
  EXPECT_FALSE(table.handle_traffic(start + 1s, report(bert, 150)));
  EXPECT_EQ(table.find(bert)->traffic.bytes_in(), 120u);
}

TEST(SessionTable, TheLastFiguresOfASessionAreInItWhenItIsBuried) {
  SessionTable table = with_three_sessions();
  table.handle_traffic(start, report(bert, 100));
  EXPECT_TRUE(table.remove(bert));
  EXPECT_EQ(table.find(bert), nullptr);
  auto last = report(bert, 120);
  last.packets_in = 3;
  last.is_last = true;
  EXPECT_FALSE(table.handle_traffic(start, last));
  const auto session = table.bury(bert);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->traffic.bytes_in(), 120u);
  EXPECT_EQ(session->traffic.packets_in(), 3u);
  EXPECT_FALSE(table.bury(bert));
}

TEST(SessionTable, AnotherTimeoutCountsAtOnce) {
  SessionTable table = with_three_sessions();
  table.change(bert, [](Session& session) { session.idle_timeout = 10s; });
  EXPECT_EQ(table.first_deadline(), start + 11s);
  table.change(bert, [](Session& session) { session.idle_timeout = 0s; });
  EXPECT_EQ(table.first_deadline(), start + 60s);
  table.change(ike::IkeSaId{99}, [](Session&) { FAIL(); });
}

TEST(SessionTable, FindsThoseOfOnePeer) {
  SessionTable table;
  const auto staff = ike::wire::Identity::parse("staff@example.org"),
             guest = ike::wire::Identity::parse("guest@example.org");
  table.admit(anna, {.peer = staff});
  table.admit(bert, {.peer = guest});
  table.admit(carl, {.peer = staff});
  EXPECT_THAT(table.all_of(staff), ElementsAre(anna, carl));
  table.remove(anna);
  EXPECT_THAT(table.all_of(staff), ElementsAre(carl));
  table.remove(carl);
  EXPECT_THAT(table.all_of(staff), IsEmpty());
}

TEST(SessionTable, NothingStaysOfOneThatIsGone) {
  SessionTable table = with_three_sessions();
  for (const auto id : {anna, bert, carl}) table.remove(id), table.bury(id);
  EXPECT_FALSE(table.first_deadline());
  EXPECT_THAT(table.all(), IsEmpty());
  EXPECT_FALSE(table.handle_traffic(start + 1s, report(bert, 150)));
  EXPECT_FALSE(table.remove(anna));
}

}  // namespace
}  // namespace agilevpn::gateway
