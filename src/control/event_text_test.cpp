#include "control/event_text.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <nlohmann/json.hpp>

namespace agilevpn::control {
namespace {

LoggedEvent moved() {
  return {7,
          WallTime{} + std::chrono::hours{24 * 365} + 36672s + 45ms,
          {Severity::Info,
           "ike",
           "PathChanged",
           "moved to 192.0.2.81:4500, NAT",
           "anna",
           {{"by_peer", false},
            {"gap_ms", 12.5},
            {"attempts", std::int64_t{2}},
            {"addresses", std::vector<std::string>{"a", "b"}}}}};
}

TEST(EventText, ALineIsTimeSubjectAndSentence) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  EXPECT_EQ(to_line(moved()), "10:11:12.045  anna  moved to 192.0.2.81:4500, NAT");
  LoggedEvent warning = moved();
  warning.record.severity = Severity::Warning;
  EXPECT_EQ(to_line(warning), "10:11:12.045  anna  warning:  moved to 192.0.2.81:4500, NAT");
}

TEST(EventText, APeerCannotDriveTheTerminal) {
  LoggedEvent event = moved();
  event.record.subject = "\x1b[2Janna\n";
  EXPECT_NE(to_line(event).find("\\x1b[2Janna\\x0a"), std::string::npos);
}

TEST(EventText, PayloadsShowOnlyInTheIkeLog) {
  LoggedEvent event = moved();
  event.record.severity = Severity::Detail;
  event.record.fields.push_back({"payloads", std::vector<std::string>{"SA", "KE"}});
  EXPECT_FALSE(shows(LogDetail::Steps, event.record));
  EXPECT_TRUE(shows(LogDetail::Ike, event.record));
  EXPECT_EQ(to_line(event).find("KE"), std::string::npos);
  EXPECT_NE(to_line(event, LogDetail::Ike).find("\n                KE"), std::string::npos);
}

TEST(EventText, AnEventSurvivesJson) {
  const auto json = nlohmann::json::parse(to_json_line(moved()));
  EXPECT_EQ(json["event"], "PathChanged");
  EXPECT_EQ(json["time"], "1971-01-01T10:11:12.045Z");
  EXPECT_EQ(json["gap_ms"], 12.5);
  const auto back = event_from_json(json);
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(moved()));
}

TEST(EventText, OctetsThatAreNoUtf8DoNotBreakTheJsonLog) {
  LoggedEvent event = moved();
  event.record.subject = "\xff\xfe";
  EXPECT_FALSE(nlohmann::json::parse(to_json_line(event), nullptr, false).is_discarded());
}

TEST(EventText, WhatIsNoEventIsNothing) {
  EXPECT_FALSE(event_from_json(nlohmann::json::array()));
  EXPECT_FALSE(event_from_json({{"event", "X"}}));
  EXPECT_FALSE(time_from_iso8601("yesterday"));
  EXPECT_FALSE(time_from_iso8601("2026-13-40T00:00:00.000Z"));
}

}  // namespace
}  // namespace agilevpn::control
