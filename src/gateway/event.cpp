#include "gateway/event.h"

#include <fmt/format.h>

namespace agilevpn::gateway {

namespace {

std::int64_t seconds(Duration time) { return std::chrono::floor<std::chrono::seconds>(time).count(); }

std::string addresses_of(const std::optional<ike::Lease>& lease) {
  std::string text;
  if (lease && lease->ipv4) text += lease->ipv4->to_string();
  if (lease && lease->ipv6) text += (text.empty() ? "" : ", ") + lease->ipv6->address.to_string();
  return text.empty() ? "none" : text;
}

EventRecord record(Severity severity, std::string name, const ike::wire::Identity& subject, std::string sentence,
                   std::vector<EventField> fields) {
  return {severity, "gateway", std::move(name), std::move(sentence), subject.to_string(), std::move(fields)};
}

EventRecord describe(const ike::Event& event) { return ike::to_record(event); }

EventRecord describe(const radius::Event& event) { return radius::to_record(event); }

EventRecord describe(const SessionStarted& event) {
  const std::string inner = addresses_of(event.lease);
  return record(Severity::Info, "SessionStarted", event.peer,
                fmt::format("connected from {} by group {}, inner address {}{}", event.path.peer.to_string(),
                            event.rule, inner, event.is_resumed ? ", resumed without a new login" : ""),
                {{"group", event.rule},
                 {"from", event.path.peer.to_string()},
                 {"inner", inner},
                 {"is_resumed", event.is_resumed}});
}

EventRecord describe(const SessionEnded& event) {
  return record(Severity::Info, "SessionEnded", event.peer,
                fmt::format("disconnected after {} s: {}; {} octets in, {} out", seconds(event.duration), event.reason,
                            event.bytes_in, event.bytes_out),
                {{"group", event.rule},
                 {"reason", event.reason},
                 {"duration_s", seconds(event.duration)},
                 {"bytes_in", static_cast<std::int64_t>(event.bytes_in)},
                 {"bytes_out", static_cast<std::int64_t>(event.bytes_out)}});
}

EventRecord describe(const SessionDormant& event) {
  return record(Severity::Info, "SessionDormant", event.peer,
                fmt::format("does not answer; the session waits for it, {} s at most", seconds(event.outage_time)),
                {{"outage_time_s", seconds(event.outage_time)}});
}

EventRecord describe(const SessionResumed& event) {
  return record(Severity::Info, "SessionResumed", event.peer,
                fmt::format("is back after {} s, at {}", seconds(event.slept), event.path.peer.to_string()),
                {{"slept_s", seconds(event.slept)}, {"from", event.path.peer.to_string()}});
}

EventRecord describe(const SessionChanged& event) {
  return record(Severity::Info, "SessionChanged", event.peer, fmt::format("changed by {}: {}", event.by, event.what),
                {{"by", event.by}, {"what", event.what}});
}

EventRecord describe(const NetworkNotAskedFor& event) {
  const std::string network = event.network.to_string();
  return record(Severity::Warning, "NetworkNotAskedFor", event.peer,
                fmt::format("was granted {} behind it, and its client did not ask for that in its traffic selectors: "
                            "nothing is led there",
                            network),
                {{"network", network}});
}

EventRecord describe(const FilterIdUnknown& event) {
  return record(
      Severity::Warning, "FilterIdUnknown", event.peer,
      fmt::format("is sent with Filter-Id {} by the RADIUS server, and neither the configuration nor agilevpn "
                  "group has a group of that name: it is in group {}",
                  event.filter_ids, event.group),
      {{"filter_ids", event.filter_ids}, {"group", event.group}});
}

EventRecord describe(const PeerRefused& event) {
  return record(Severity::Warning, "PeerRefused", event.peer,
                fmt::format("refused, from {}: {}", event.path.peer.to_string(), event.reason),
                {{"reason", event.reason}, {"from", event.path.peer.to_string()}});
}

EventRecord describe(const LoginDelayed& event) {
  return {
      Severity::Warning,
      "gateway",
      "LoginDelayed",
      fmt::format("its login waits {} s, since passwords of {} were wrong before", seconds(event.delay), event.user),
      event.user,
      {{"ike_sa", static_cast<std::int64_t>(event.ike_sa.value)},
       {"delay_s", seconds(event.delay)},
       {"from", event.path.peer.to_string()}}};
}

}  // namespace

EventRecord to_record(const Event& event) {
  return make_record(event, [](const auto& fact) { return describe(fact); });
}

}  // namespace agilevpn::gateway
