// The daemon's own readers of the event stream: the readable log on standard error, which is the journal under systemd, and
// a file of JSON lines.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.h"
#include "control/event_log.h"
#include "control/event_text.h"

namespace agilevpn::daemon {

class EventOutputs {
 public:
  // `events` must outlive it.
  static Result<std::unique_ptr<EventOutputs>, Error> open(control::EventLog& events, control::LogDetail detail,
                                                           const std::optional<std::filesystem::path>& json_file);

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  EventOutputs(control::EventLog& events, control::LogDetail detail, File json);
  void write_new();

  control::EventLog& events_;
  control::LogDetail detail_;
  File json_;
  bool is_journal_;
  std::uint64_t written_ = 0;  // The number of the last event.
  control::EventLog::Watch watch_;
};

}  // namespace agilevpn::daemon
