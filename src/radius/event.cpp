#include "radius/event.h"

#include <fmt/format.h>

namespace agilevpn::radius {

namespace {

// RFC 5176 §3.5, as they are used here.
std::string_view reason_of(ErrorCause cause) {
  switch (cause) {
    case ErrorCause::UnsupportedAttribute: return "it names what cannot be looked for or changed here";
    case ErrorCause::MissingAttribute: return "it names no session";
    case ErrorCause::NasIdentificationMismatch: return "it is meant for another gateway";
    case ErrorCause::UnsupportedService: return "Service-Type is not known here";
    case ErrorCause::InvalidAttributeValue:
      return "a value is none, or neither the configuration nor agilevpn group has that group";
    case ErrorCause::AdministrativelyProhibited:
      return "the group has other routes, and what a client may reach is agreed already";
    case ErrorCause::SessionContextNotFound: return "no session is as it says";
    case ErrorCause::ResourcesUnavailable: return "the database of users does not answer";
    default: return "it cannot be done";
  }
}

EventRecord record(Severity severity, std::string name, std::string subject, std::string sentence) {
  return {.severity = severity,
          .room = "radius",
          .name = std::move(name),
          .sentence = std::move(sentence),
          .subject = std::move(subject),
          .fields = {}};
}

EventRecord record_of(const ServerDied& event) {
  return record(Severity::Error, "ServerDied", event.server, fmt::format("does not answer: {}", event.why));
}
EventRecord record_of(const ServerIsBack& event) {
  return record(Severity::Info, "ServerIsBack", event.server, "answers again");
}
EventRecord record_of(const ForgedReply& event) {
  return record(Severity::Warning, "ForgedReply", event.server, reason_of(event));
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
EventRecord record_of(const DynamicRequestRefused& event) {
  return record(Severity::Warning, "DynamicRequestRefused", event.from,
                fmt::format("its {} is refused ({}): {}", to_string(event.code),
                            static_cast<std::uint32_t>(event.cause), reason_of(event.cause)));
}
EventRecord record_of(const DynamicRequestDropped& event) {
  return record(Severity::Warning, "DynamicRequestDropped", event.from, event.why);
}

}  // namespace

std::string reason_of(const ForgedReply& reply) {
  if (reply.is_unsigned)
    return fmt::format(
        "an {} has no Message-Authenticator and is dropped: update the server, or tell it to send one (docs/radius.md)",
        to_string(reply.code));
  return fmt::format("an {} is not authentic: the shared secrets differ, or somebody forges", to_string(reply.code));
}

EventRecord to_record(const Event& event) {
  return make_record(event, [](const auto& one) { return record_of(one); });
}

}  // namespace agilevpn::radius
