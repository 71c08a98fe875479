// How an event reads: one line for a person, one JSON object for a program. Every log is one of these two.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/event_log.h"

namespace agilevpn::control {

enum class LogDetail : std::uint8_t {
  Steps,  // What a person follows: Info and above.
  Ike,    // Every message and payload too.
};

// Whether a log of this detail shows the record.
bool shows(LogDetail detail, const EventRecord& record);

// "10:41:12.345 anna  moved to 192.0.2.81:4500 on wlan0", local time, without the newline. Text from peers is made
// printable: no control character reaches the terminal. With LogDetail::Ike a message's payloads follow, indented.
std::string to_line(const LoggedEvent& event, LogDetail detail = LogDetail::Steps);

// {"time": "2026-11-22T10:41:12.345Z", "number": 7, "severity": "info", "room": "ike", "event": "PathChanged",
//  "subject": "anna", "text": "...", and every field of the record}
nlohmann::json to_json(const LoggedEvent& event);
std::string to_json_line(const LoggedEvent& event);
// The way back, for the command line; nothing if it is no event.
std::optional<LoggedEvent> event_from_json(const nlohmann::json& json);

// Text that a peer may have chosen, with its control characters made visible.
std::string printable(std::string_view text);
std::string_view to_string(Severity severity);  // "detail", "info", "warning", "error"
std::optional<Severity> severity_from(std::string_view name);
std::string to_iso8601(WallTime time);  // "2026-11-22T10:41:12.345Z"
std::optional<WallTime> time_from_iso8601(std::string_view text);

}  // namespace agilevpn::control
