#include "client/event.h"

#include <fmt/format.h>

namespace agilevpn::client {

namespace {

std::int64_t seconds(Duration time) { return std::chrono::floor<std::chrono::seconds>(time).count(); }

EventRecord describe(const ike::Event& event) { return ike::to_record(event); }

EventRecord describe(const StateChanged& event) {
  EventRecord record{event.to == State::Failed ? Severity::Error : Severity::Info,
                     "client",
                     "StateChanged",
                     std::string{to_string(event.to)},
                     {},
                     {}};
  record.fields = {{"from", std::string{to_string(event.from)}}, {"to", std::string{to_string(event.to)}}};
  if (!event.reason.empty()) {
    record.sentence += ": " + event.reason;
    record.fields.push_back({"reason", event.reason});
  }
  if (event.countdown) {
    record.sentence += fmt::format(" ({} s left)", seconds(*event.countdown));
    record.fields.push_back({"countdown_s", seconds(*event.countdown)});
  }
  return record;
}

EventRecord describe(const ConnectStarted& event) {
  return {Severity::Info,
          "client",
          "ConnectStarted",
          fmt::format("trying the gateway over {}: {}", event.link, event.path.to_string()),
          {},
          {{"link", event.link}, {"path", event.path.to_string()}}};
}

EventRecord describe(const ConnectFailed& event) {
  EventRecord record{Severity::Warning, "client", "ConnectFailed", event.reason, {}, {{"reason", event.reason}}};
  if (event.retry_in) {
    record.sentence += fmt::format("; next try in {:.1f} s", to_milliseconds(*event.retry_in) / 1000);
    record.fields.push_back({"retry_in_ms", to_milliseconds(*event.retry_in)});
  }
  return record;
}

EventRecord describe(const GatewaySilent& event) {
  return {Severity::Warning, "client", "GatewaySilent", event.reason, {}, {{"reason", event.reason}}};
}

EventRecord describe(const UserAsked& event) {
  return {Severity::Info,
          "client",
          "UserAsked",
          fmt::format("the gateway asks: {}", event.prompt),
          {},
          {{"prompt", event.prompt}}};
}

std::vector<EventField> move_fields(const Path& from, const Path& to, const std::string& from_link,
                                    const std::string& to_link) {
  return {{"from_link", from_link}, {"to_link", to_link}, {"from", from.to_string()}, {"to", to.to_string()}};
}

std::string ways_text(const std::string& from_link, const std::string& to_link) {
  return from_link == to_link ? "to another path over " + to_link : fmt::format("from {} to {}", from_link, to_link);
}

EventRecord describe(const Moving& event) {
  EventRecord record{
      Severity::Info,
      "client",
      "Moving",
      fmt::format("moving {} ({}): {}", ways_text(event.from_link, event.to_link), event.to.to_string(), event.reason),
      {},
      move_fields(event.from, event.to, event.from_link, event.to_link)};
  record.fields.push_back({"reason", event.reason});
  return record;
}

EventRecord describe(const Moved& event) {
  EventRecord record{Severity::Info,
                     "client",
                     "Moved",
                     fmt::format("moved {}, {:.1f} ms until the gateway answered there",
                                 ways_text(event.from_link, event.to_link), to_milliseconds(event.took)),
                     {},
                     move_fields(event.from, event.to, event.from_link, event.to_link)};
  record.fields.push_back({"took_ms", to_milliseconds(event.took)});
  return record;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::Off: return "Off";
    case State::Connecting: return to_string(mobility::State::Connecting);
    case State::Connected: return to_string(mobility::State::Connected);
    case State::Dormant: return to_string(mobility::State::Dormant);
    case State::DormantWaitingToReconnect: return to_string(mobility::State::DormantWaitingToReconnect);
    case State::Failed: break;
  }
  return to_string(mobility::State::Failed);
}

EventRecord to_record(const Event& event, const std::string& profile) {
  EventRecord record = make_record(event, [](const auto& fact) { return describe(fact); });
  if (record.subject.empty()) record.subject = profile;
  return record;
}

}  // namespace agilevpn::client
