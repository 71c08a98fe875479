#include "daemon/event_outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace agilevpn::daemon {
namespace {

TEST(EventOutputs, AppendEveryEventToTheFileAndStepsToTheLog) {
  const auto file = std::filesystem::temp_directory_path() / ("agilevpn-events-" + std::to_string(::getpid()));
  std::ofstream{file} << "{\"from\": \"before\"}\n";
  control::EventLog events;
  const auto outputs = EventOutputs::open(events, control::LogDetail::Steps, file);
  ASSERT_TRUE(outputs);
  testing::internal::CaptureStderr();
  events.append({}, {.severity = Severity::Info,
                     .room = "client",
                     .name = "Moved",
                     .sentence = "moved to eth1",
                     .subject = "office"});
  events.append({}, {.severity = Severity::Detail, .room = "ike", .name = "MessageSeen", .sentence = "IKE_AUTH"});
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::HasSubstr("office  moved to eth1"));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("IKE_AUTH")));

  std::stringstream text;
  text << std::ifstream{file}.rdbuf();
  EXPECT_THAT(text.str(), testing::StartsWith("{\"from\": \"before\"}\n{"));
  EXPECT_THAT(text.str(), testing::HasSubstr("\"MessageSeen\""));
  std::filesystem::remove(file);
}

TEST(EventOutputs, SayWhyAFileCannotBeOpened) {
  control::EventLog events;
  const auto outputs = EventOutputs::open(events, control::LogDetail::Steps, "/nonexistent/events.jsonl");
  EXPECT_EQ(outputs.error().what, "cannot open /nonexistent/events.jsonl: No such file or directory");
}

}  // namespace
}  // namespace agilevpn::daemon
