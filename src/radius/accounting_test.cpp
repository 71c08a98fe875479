#include "radius/accounting.h"

#include <gtest/gtest.h>

#include "radius/fake_server.h"

namespace agilevpn::radius {
namespace {

constexpr WallTime date{1'800'000'000s};

struct AccountingTest : testing::Test {
  SeededRandom random{3};
  std::unique_ptr<Accounting> accounting;
  std::unique_ptr<RadiusWorld<Accounting>> world;

  void begin(std::size_t queue_max = 1000) {
    ClientConfig config;
    config.servers.push_back({.name = "radius1", .secret = test_secret()});
    accounting = std::make_unique<Accounting>(std::move(config), random, queue_max);
    world = std::make_unique<RadiusWorld<Accounting>>(*accounting, 1);
  }
  const std::vector<Packet>& taken() const { return world->servers[0].requests; }
  std::vector<std::uint32_t> statuses() const {
    std::vector<std::uint32_t> found;
    for (const Packet& one : taken()) found.push_back(*one.attributes.integer(Type::AcctStatusType));
    return found;
  }
};

AccountedSession session(const std::string& id) {
  return {.session_id = id,
          .user_name = "anna",
          .classes = {"00ff"_hex, "01"_hex},
          .called_station = "vpn.example.org",
          .calling_station = "192.0.2.7",
          .port_id = "staff",
          .framed_ip = IpAddress::v4(10, 9, 0, 7),
          .framed_ipv6 = IpAddress::parse("2001:db8::7"),
          .framed_ipv6_prefix = std::nullopt};
}

TEST_F(AccountingTest, ASessionIsToldFromStartToStop) {
  begin();
  accounting->on(world->now, date);
  accounting->start(world->now, date, session("s-1"));
  world->run_for(1s);
  const AccountedUse use{
      .time = 61s, .input_octets = 7, .output_octets = (5ull << 32) + 9, .input_packets = 3, .output_packets = 4};
  accounting->interim(world->now, date + 60s, session("s-1"), use);
  accounting->stop(world->now, date + 61s, session("s-1"), use, AcctTerminateCause::IdleTimeout);
  accounting->off(world->now, date + 61s);
  world->run_for(1s);
  EXPECT_EQ(statuses(), (std::vector<std::uint32_t>{7, 1, 3, 2, 8}));
  const Attributes& stop = taken()[3].attributes;
  EXPECT_EQ(stop.text(Type::AcctSessionId), "s-1");
  EXPECT_EQ(stop.all(Type::Class).size(), 2u);
  EXPECT_EQ(stop.integer(Type::AcctSessionTime), 61u);
  EXPECT_EQ(stop.integer(Type::AcctInputOctets), 7u);
  EXPECT_FALSE(stop.has(Type::AcctInputGigawords));
  EXPECT_EQ(stop.integer(Type::AcctOutputOctets), 9u);
  EXPECT_EQ(stop.integer(Type::AcctOutputGigawords), 5u);
  EXPECT_EQ(stop.integer(Type::AcctInputPackets), 3u);
  EXPECT_EQ(stop.integer(Type::AcctTerminateCause), 4u);
  EXPECT_EQ(stop.integer(Type::EventTimestamp), 1'800'000'061u);
  EXPECT_EQ(stop.ipv4(Type::FramedIpAddress), IpAddress::v4(10, 9, 0, 7));
  EXPECT_EQ(stop.ipv6(Type::FramedIpv6Address), IpAddress::parse("2001:db8::7"));
  EXPECT_EQ(stop.text(Type::CallingStationId), "192.0.2.7");
  EXPECT_EQ(accounting->waiting(), 0u);
}

TEST_F(AccountingTest, RecordsWaitForASilentServerAndKeepTheirOrder) {
  begin();
  world->servers[0].is_up = false;
  for (int i = 0; i < 100; ++i) accounting->start(world->now, date, session("s-" + std::to_string(i)));
  world->run_for(2min);
  for (int i = 0; i < 100; ++i) {
    accounting->stop(world->now, date + 120s, session("s-" + std::to_string(i)), {}, AcctTerminateCause::UserRequest);
  }
  EXPECT_EQ(accounting->waiting(), 200u);
  world->servers[0].is_up = true;
  world->run_for(10min);
  EXPECT_EQ(accounting->waiting(), 0u);
  EXPECT_EQ(accounting->lost(), 0u);
  std::map<std::string, std::vector<std::uint32_t>> by_session;
  std::uint32_t longest_delay = 0;
  for (const Packet& one : taken()) {
    by_session[*one.attributes.text(Type::AcctSessionId)].push_back(*one.attributes.integer(Type::AcctStatusType));
    longest_delay = std::max(longest_delay, *one.attributes.integer(Type::AcctDelayTime));
  }
  EXPECT_GE(longest_delay, 120u);
  EXPECT_EQ(by_session.size(), 100u);
  for (const auto& [id, of_session] : by_session) EXPECT_EQ(of_session, (std::vector<std::uint32_t>{1, 2})) << id;
}

TEST_F(AccountingTest, NothingGoesOutBeforeTheServerHasHeardThatWeAreThere) {
  begin();
  world->servers[0].is_up = false;
  accounting->on(world->now, date);
  world->run_for(1s);
  accounting->start(world->now, date, session("s-1"));
  world->run_for(1s);
  world->servers[0].is_up = true;
  world->run_for(1min);
  EXPECT_EQ(statuses(), (std::vector<std::uint32_t>{7, 1}));
}

TEST_F(AccountingTest, AnInterimRecordThatWaitsIsReplacedByTheNext) {
  begin();
  world->servers[0].is_up = false;
  accounting->start(world->now, date, session("s-1"));
  for (int i = 0; i < 5; ++i) accounting->interim(world->now, date, session("s-1"), {.time = std::chrono::seconds{i}});
  EXPECT_EQ(accounting->waiting(), 2u);
  world->servers[0].is_up = true;
  world->run_for(10min);
  ASSERT_EQ(statuses(), (std::vector<std::uint32_t>{1, 3}));
  EXPECT_EQ(taken()[1].attributes.integer(Type::AcctSessionTime), 4u);
}

TEST_F(AccountingTest, AFullQueueLosesInterimRecordsFirstAndSaysSo) {
  begin(3);
  world->servers[0].is_up = false;
  accounting->start(world->now, date, session("s-1"));
  accounting->interim(world->now, date, session("s-1"), {});
  accounting->start(world->now, date, session("s-2"));
  accounting->stop(world->now, date, session("s-1"), {}, AcctTerminateCause::UserRequest);
  EXPECT_EQ(accounting->waiting(), 3u);
  EXPECT_EQ(accounting->lost(), 1u);
  EXPECT_EQ(to_record(*accounting->poll_event()).sentence, "1 accounting records were lost: no server takes them");
  world->servers[0].is_up = true;
  world->run_for(10min);
  EXPECT_EQ(statuses(), (std::vector<std::uint32_t>{1, 1, 2}));
}

// What somebody keeps who does as he is told, over the end of the NAS.
KeptAccounting carry_out(Accounting& accounting, KeptAccounting kept = {}) {
  const auto is_of = [](const std::string& id) {
    return [&id](const KeptRecord& one) { return one.session_id == id; };
  };
  while (const auto note = accounting.poll_note()) {
    if (std::holds_alternative<ForgetAll>(*note)) kept = {};
    if (const auto* one = std::get_if<KeepRecord>(&*note)) kept.records.push_back(one->record);
    if (const auto* one = std::get_if<ForgetRecord>(&*note))
      std::erase_if(kept.records, [&](const KeptRecord& record) { return record.id == one->id; });
    if (const auto* one = std::get_if<ForgetStand>(&*note)) std::erase_if(kept.stands, is_of(one->session_id));
    if (const auto* one = std::get_if<KeepStand>(&*note)) {
      std::erase_if(kept.stands, is_of(one->stand.session_id));
      kept.stands.push_back(one->stand);
    }
  }
  return kept;
}

TEST_F(AccountingTest, WhatNoServerTookIsSentByTheNextNasWithItsAgeAndSessionsUnderWayEndAsTheyStoodLast) {
  begin();
  accounting->restore(world->now, date, {});
  accounting->on(world->now, date);
  accounting->start(world->now, date, session("s-1"));
  world->run_for(1s);
  world->servers[0].is_up = false;
  accounting->start(world->now, date + 1s, session("s-2"));
  accounting->interim(world->now, date + 600s, session("s-1"), {.time = 600s, .input_octets = 6000});
  accounting->start(world->now, date + 700s, session("s-3"));
  accounting->stop(world->now, date + 701s, session("s-3"), {.time = 1s}, AcctTerminateCause::UserRequest);
  const KeptAccounting kept = carry_out(*accounting);
  EXPECT_EQ(kept.records.size(), 3u) << "both starts and the stop; the stand says what the interim record does";
  EXPECT_EQ(kept.stands.size(), 2u);

  begin();  // It died, and is back, with another clock.
  world->now += 5h;
  accounting->restore(world->now, date + 1000s, kept);
  accounting->on(world->now, date + 1000s);
  world->run_for(1s);
  std::map<std::string, std::vector<std::uint32_t>> by_session;
  for (const Packet& one : taken())
    by_session[one.attributes.text(Type::AcctSessionId).value_or("")].push_back(
        *one.attributes.integer(Type::AcctStatusType));
  EXPECT_EQ(by_session["s-1"], (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(by_session["s-2"], (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(by_session["s-3"], (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(statuses().back(), 7u) << "the server forgets our sessions when it hears this";
  const auto stop = std::ranges::find_if(
      taken(), [](const Packet& one) { return one.attributes.text(Type::AcctSessionId) == "s-1"; });
  EXPECT_EQ(stop->attributes.integer(Type::AcctSessionTime), 600u);
  EXPECT_EQ(stop->attributes.integer(Type::AcctInputOctets), 6000u);
  EXPECT_EQ(stop->attributes.integer(Type::AcctTerminateCause), 11u);
  EXPECT_EQ(stop->attributes.integer(Type::EventTimestamp), 1'800'000'600u);
  EXPECT_EQ(stop->attributes.integer(Type::AcctDelayTime), 400u);
  EXPECT_EQ(stop->attributes.all(Type::Class).size(), 2u);
  const KeptAccounting after = carry_out(*accounting, kept);
  EXPECT_TRUE(after.records.empty());
  EXPECT_TRUE(after.stands.empty());
}

TEST_F(AccountingTest, WhatIsKeptIsSaidAnewToWhoLostIt) {
  begin();
  accounting->restore(world->now, date, {});
  world->servers[0].is_up = false;
  accounting->start(world->now, date, session("s-1"));
  const KeptAccounting kept = carry_out(*accounting);
  accounting->keep_anew();
  accounting->stand(date, session("s-1"), {});
  const KeptAccounting again = carry_out(*accounting);
  EXPECT_EQ(again.records, kept.records);
  EXPECT_EQ(again.stands, kept.stands);
}

TEST_F(AccountingTest, WhoKeepsNothingIsToldNothing) {
  begin();
  accounting->start(world->now, date, session("s-1"));
  EXPECT_FALSE(accounting->poll_note());
}

TEST_F(AccountingTest, ARecordThatNoServerTakesDoesNotHoldUpThatWeAreThere) {
  begin();
  accounting->restore(world->now, date, {});
  world->servers[0].is_up = false;
  accounting->start(world->now, date, session("s-1"));
  const KeptAccounting kept = carry_out(*accounting);
  begin();
  world->servers[0].dropped = "s-1";
  accounting->restore(world->now, date, {kept.records, {}});
  accounting->on(world->now, date);
  world->run_for(1h);
  EXPECT_EQ(statuses(), (std::vector<std::uint32_t>{7}));
  EXPECT_EQ(accounting->waiting(), 1u);
}

TEST_F(AccountingTest, WhatIsLostToAFullQueueIsKeptNoLonger) {
  begin(2);
  accounting->restore(world->now, date, {});
  world->servers[0].is_up = false;
  for (const char* id : {"s-1", "s-2", "s-3"}) accounting->start(world->now, date, session(id));
  const KeptAccounting kept = carry_out(*accounting);
  ASSERT_EQ(kept.records.size(), 2u);
  EXPECT_EQ(kept.records[0].session_id, "s-2");
}

TEST_F(AccountingTest, EveryRecordArrivesOverALossyNetwork) {
  begin();
  world->loss_percent = 50;
  for (int i = 0; i < 50; ++i) accounting->start(world->now, date, session("s-" + std::to_string(i)));
  world->run_for(1h);
  EXPECT_EQ(accounting->waiting(), 0u);
}

}  // namespace
}  // namespace agilevpn::radius
