// What every event ends as when it leaves its room: the one stream that the readable log, the JSON log, the journal,
// metrics and `agilevpn status` read. Rooms keep their own typed variants (ike/event.h) for programs that decide by them,
// and turn each into an EventRecord for people. A record never holds keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace agilevpn {

enum class Severity : std::uint8_t {
  Detail,   // One message, one payload: for who looks closely.
  Info,     // A step that a person follows.
  Warning,  // Goes on, but somebody should know.
  Error,    // Something a user wanted did not happen.
};

struct EventField {
  using Value = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;
  std::string name;  // snake_case, the same word in JSON, metrics and the configuration.
  Value value;
};

struct EventRecord {
  Severity severity = Severity::Info;
  std::string room;      // "ike", "mobility", "gateway" ...
  std::string name;      // The fact, in CamelCase: "ChildSaEstablished".
  std::string sentence;  // One line for a person, in the RFCs' words, without the subject: "moved to 10.0.1.2:4500 ...".
  std::string subject;   // Whom it concerns: a peer's identity or address; may be empty.
  std::vector<EventField> fields;
};

}  // namespace agilevpn
