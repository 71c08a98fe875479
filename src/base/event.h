// What every event ends as when it leaves its room: the one stream that the readable log, the JSON log, the journal
// and `agilevpn log` read. Rooms keep their own typed variants (ike/event.h) for programs that decide by them,
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
  std::string name;  // snake_case, the same word in JSON and the configuration.
  Value value;
};

struct EventRecord {
  Severity severity = Severity::Info;
  std::string room;  // "ike", "mobility", "gateway" ...
  std::string name;  // The fact, in CamelCase: "ChildSaEstablished".
  std::string
      sentence;         // One line for a person, in the RFCs' words, without the subject: "moved to 10.0.1.2:4500 ...".
  std::string subject;  // Whom it concerns: a peer's identity or address; may be empty.
  std::vector<EventField> fields;
  bool needs_no_proof = false;  // As its fact says; such records are told at a bounded rate only.
};

// Whether somebody who has not proved who they are can cause this fact, as often as they like. A fact says so where it is
// born: `static constexpr bool needs_no_proof = true;` for all of its kind, `bool needs_no_proof() const` where it depends.
template <class Fact>
bool needs_no_proof(const Fact& fact) {
  if constexpr (requires { fact.needs_no_proof(); })
    return fact.needs_no_proof();
  else if constexpr (requires { Fact::needs_no_proof; })
    return Fact::needs_no_proof;
  else
    return false;
}

// What to_record() of a room does: `describe` makes a record of each fact, of a lower room's variant by that room's own.
template <class Describe, class... Facts>
EventRecord make_record(const std::variant<Facts...>& event, const Describe& describe) {
  return std::visit(
      [&](const auto& fact) {
        EventRecord record = describe(fact);
        if (needs_no_proof(fact)) record.needs_no_proof = true;
        return record;
      },
      event);
}

}  // namespace agilevpn
