#include "control/event_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

namespace agilevpn::control {

namespace {

constexpr std::array<std::string_view, 4> severity_names = {"detail", "info", "warning", "error"};

std::tm local_time(WallTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return parts;
}

nlohmann::json to_json(const EventField::Value& value) {
  return std::visit([](const auto& v) { return nlohmann::json(v); }, value);
}

EventField::Value field_from_json(const nlohmann::json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_array()) {
    std::vector<std::string> list;
    for (const auto& entry : json) list.push_back(entry.is_string() ? entry.get<std::string>() : entry.dump());
    return list;
  }
  return json.dump();
}

// Names of the record's own words in JSON; every other key is a field.
constexpr std::array<std::string_view, 7> own_keys = {"time", "number", "severity", "room", "event", "subject", "text"};

}  // namespace

// What peers send ends in terminals: control characters, which could drive one, become visible.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out += octet < 0x20 || octet == 0x7f ? fmt::format("\\x{:02x}", octet) : std::string(1, c);
  }
  return out;
}

bool shows(LogDetail detail, const EventRecord& record) {
  return detail == LogDetail::Ike || record.severity > Severity::Detail;
}

std::string to_line(const LoggedEvent& event, LogDetail detail) {
  const EventRecord& record = event.record;
  const auto milliseconds = event.time.time_since_epoch() % 1s;
  std::string line = fmt::format("{:%H:%M:%S}.{:03}", local_time(event.time), milliseconds / 1ms);
  if (!record.subject.empty()) line += "  " + printable(record.subject);
  if (record.severity >= Severity::Warning) line += fmt::format("  {}:", to_string(record.severity));
  line += "  " + printable(record.sentence);
  if (detail != LogDetail::Ike) return line;
  for (const EventField& field : record.fields) {
    const auto* list = std::get_if<std::vector<std::string>>(&field.value);
    if (!list || field.name != "payloads") continue;
    for (const std::string& payload : *list) line += "\n                " + printable(payload);
  }
  return line;
}

nlohmann::json to_json(const LoggedEvent& event) {
  const EventRecord& record = event.record;
  nlohmann::json json = {{"time", to_iso8601(event.time)},
                         {"number", event.number},
                         {"severity", to_string(record.severity)},
                         {"room", record.room},
                         {"event", record.name},
                         {"subject", record.subject},
                         {"text", record.sentence}};
  for (const EventField& field : record.fields) json.emplace(field.name, to_json(field.value));
  return json;
}

std::string to_json_line(const LoggedEvent& event) {
  // Octets that are not UTF-8 come from peers: shown as U+FFFD, never an exception.
  return to_json(event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<LoggedEvent> event_from_json(const nlohmann::json& json) {
  if (!json.is_object() || !json.contains("event") || !json.contains("time")) return std::nullopt;
  const auto text = [&](const char* key) {
    const auto place = json.find(key);
    return place != json.end() && place->is_string() ? place->get<std::string>() : std::string();
  };
  LoggedEvent event;
  const auto number = json.find("number");
  if (number != json.end() && number->is_number_unsigned()) event.number = number->get<std::uint64_t>();
  event.time = time_from_iso8601(text("time")).value_or(WallTime{});
  event.record = {severity_from(text("severity")).value_or(Severity::Info),
                  text("room"),
                  text("event"),
                  text("text"),
                  text("subject"),
                  {}};
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(own_keys, key) == own_keys.end())
      event.record.fields.push_back({key, field_from_json(value)});
  }
  return event;
}

std::string_view to_string(Severity severity) { return severity_names.at(static_cast<std::size_t>(severity)); }

std::optional<Severity> severity_from(std::string_view name) {
  const auto place = std::ranges::find(severity_names, name);
  if (place == severity_names.end()) return std::nullopt;
  return static_cast<Severity>(place - severity_names.begin());
}

std::string to_iso8601(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds.time_since_epoch().count()),
                     (time - seconds) / 1ms);
}

std::optional<WallTime> time_from_iso8601(std::string_view text) {
  int year{}, month{}, day{}, hour{}, minute{}, second{}, millisecond{};
  if (std::sscanf(std::string(text).c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour, &minute,
                  &second, &millisecond) != 7) {
    return std::nullopt;
  }
  const auto date = std::chrono::year{year} / month / day;
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{millisecond};
}

}  // namespace agilevpn::control
