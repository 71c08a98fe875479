#include "daemon/event_outputs.h"

#include <fmt/format.h>

#include <cstdlib>

#include "linux/file_descriptor.h"

namespace agilevpn::daemon {

namespace {

// Before a line, sd-daemon(3) reads its priority.
std::string_view journal_prefix(Severity severity) {
  switch (severity) {
    case Severity::Detail: return "<7>";
    case Severity::Info: return "<6>";
    case Severity::Warning: return "<4>";
    case Severity::Error: return "<3>";
  }
  return "";
}

void write_line(std::FILE* file, std::string line) {
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), file);
  std::fflush(file);
}

}  // namespace

Result<std::unique_ptr<EventOutputs>, Error> EventOutputs::open(control::EventLog& events, control::LogDetail detail,
                                                                const std::optional<std::filesystem::path>& json_file) {
  File json{nullptr, &std::fclose};
  if (json_file) {
    json.reset(std::fopen(json_file->c_str(), "ae"));
    if (!json) return Failure{linux::system_error(fmt::format("open {}", json_file->string()))};
  }
  return std::unique_ptr<EventOutputs>(new EventOutputs(events, detail, std::move(json)));
}

EventOutputs::EventOutputs(control::EventLog& events, control::LogDetail detail, File json)
    : events_(events),
      detail_(detail),
      json_(std::move(json)),
      is_journal_(std::getenv("JOURNAL_STREAM") != nullptr),
      written_(events.last_number()),
      watch_(events, [this] { write_new(); }) {}

void EventOutputs::write_new() {
  for (const control::LoggedEvent& event : events_.since(written_)) {
    written_ = event.number;
    if (control::shows(detail_, event.record))
      write_line(stderr,
                 std::string(is_journal_ ? journal_prefix(event.record.severity) : "") + to_line(event, detail_));
    if (json_) write_line(json_.get(), to_json_line(event));
  }
}

}  // namespace agilevpn::daemon
