#include "control/event_throttle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace agilevpn::control {

namespace {

std::chrono::sys_seconds second_of(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

bool is_field_false(const EventRecord& record, std::string_view name) {
  const auto field = std::ranges::find(record.fields, name, &EventField::name);
  return field != record.fields.end() && field->value == EventField::Value{false};
}

// Facts of datagrams that need no key, and of IKE SAs whose peer is not authenticated yet.
bool needs_no_proof(const EventRecord& record) {
  constexpr std::array<std::string_view, 13> names = {"DatagramDropped", "IkeSaInitiated", "IkeSaInitRefused", "IkeProposalChosen",
                                                      "NatDetected", "AuthRequested", "FragmentsLost", "LoginDelayed",
                                                      "PeerRefused", "ExchangeRefused", "ForgedReply", "ReplyDropped",
                                                      "DynamicRequestDropped"};
  return std::ranges::find(names, record.name) != names.end() ||
         (record.name == "IkeSaClosed" && is_field_false(record, "was_established"));
}

}  // namespace

bool EventThrottle::admits(WallTime time, const EventRecord& record) {
  if (!needs_no_proof(record)) return true;
  Kind& kind = kinds_[record.name];
  if (kind.second != second_of(time)) {
    kind.second = second_of(time);
    kind.told = 0;
  }
  if (kind.told < told_in_a_second) return ++kind.told, true;
  ++kind.untold;
  kind.severity = record.severity;
  kind.room = record.room;
  return false;
}

std::vector<EventRecord> EventThrottle::take_untold(WallTime time) {
  std::vector<EventRecord> records;
  for (auto& [name, kind] : kinds_) {
    if (kind.untold == 0 || kind.second == second_of(time)) continue;
    const auto count = static_cast<std::int64_t>(std::exchange(kind.untold, 0));
    records.push_back({.severity = kind.severity,
                       .room = kind.room,
                       .name = name,
                       .sentence = fmt::format("and {} more {}", count, name),
                       .subject = {},
                       .fields = {{.name = "count", .value = count}}});
  }
  return records;
}

}  // namespace agilevpn::control
