#include "radius/event.h"

#include <fmt/format.h>

namespace agilevpn::radius {

namespace {

EventRecord record(Severity severity, std::string name, std::string subject, std::string sentence) {
  return {.severity = severity, .room = "radius", .name = std::move(name), .sentence = std::move(sentence),
          .subject = std::move(subject), .fields = {}};
}

EventRecord record_of(const ServerDied& event) {
  return record(Severity::Error, "ServerDied", event.server, fmt::format("does not answer: {}", event.why));
}
EventRecord record_of(const ServerIsBack& event) {
  return record(Severity::Info, "ServerIsBack", event.server, "answers again");
}
EventRecord record_of(const ForgedReply& event) {
  return record(Severity::Warning, "ForgedReply", event.server,
                fmt::format("a {} is not authentic: the shared secrets differ, the server sends no Message-Authenticator, or "
                            "somebody forges",
                            to_string(event.code)));
}
EventRecord record_of(const ReplyDropped& event) {
  return record(event.is_stray ? Severity::Info : Severity::Warning, "ReplyDropped", event.server, event.why);
}
EventRecord record_of(const AccountingLost& event) {
  EventRecord lost = record(Severity::Error, "AccountingLost", {},
                            fmt::format("{} accounting records were lost: no server takes them", event.records));
  lost.fields.push_back({"records", static_cast<std::int64_t>(event.records)});
  return lost;
}
EventRecord record_of(const DynamicRequestDropped& event) {
  return record(Severity::Warning, "DynamicRequestDropped", event.from, event.why);
}

}  // namespace

EventRecord to_record(const Event& event) {
  return make_record(event, [](const auto& one) { return record_of(one); });
}

}  // namespace agilevpn::radius
