#include "control/event_log.h"

#include <algorithm>

namespace agilevpn::control {

namespace {

std::size_t octets_of(const EventField::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  std::size_t sum = 0;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    for (const std::string& entry : *list) sum += sizeof(entry) + entry.size();
  return sum;
}

std::size_t octets_of(const EventRecord& record) {
  std::size_t sum = sizeof(LoggedEvent) + record.sentence.size() + record.subject.size();
  for (const EventField& field : record.fields) sum += sizeof(field) + octets_of(field.value);
  return sum;
}

}  // namespace

void EventLog::append(WallTime time, EventRecord record) {
  for (EventRecord& untold : throttle_.take_untold(time)) keep(time, std::move(untold));
  if (throttle_.admits(time, record)) keep(time, std::move(record));
}

void EventLog::keep(WallTime time, EventRecord record) {
  const std::size_t octets = octets_of(record);
  Kind& kind = kinds_[record.name];
  kind.events.push_back({++last_, time, std::move(record)});
  kind.octets += octets;
  octets_ += octets;
  ++count_;
  while (count_ > limits_.events || octets_ > limits_.octets) forget_one();
  for (const auto& watcher : watchers_) watcher();
}

void EventLog::forget_one() {
  const auto largest = [](const auto& a, const auto& b) { return a.second.octets < b.second.octets; };
  Kind& kind = std::ranges::max_element(kinds_, largest)->second;
  const std::size_t octets = octets_of(kind.events.front().record);
  kind.events.pop_front();
  kind.octets -= octets;
  octets_ -= octets;
  --count_;
}

std::vector<LoggedEvent> EventLog::since(std::uint64_t after, std::size_t limit, Severity least) const {
  std::vector<const LoggedEvent*> found;
  for (const auto& [name, kind] : kinds_)
    for (auto event = std::ranges::upper_bound(kind.events, after, {}, &LoggedEvent::number);
         event != kind.events.end(); ++event)
      if (event->record.severity >= least) found.push_back(&*event);
  std::ranges::sort(found, {}, &LoggedEvent::number);
  std::vector<LoggedEvent> newest;
  for (std::size_t i = found.size() - std::min(found.size(), limit); i < found.size(); ++i) newest.push_back(*found[i]);
  return newest;
}

EventLog::Watch::Watch(EventLog& log, std::function<void()> watcher)
    : log_(log), place_(log.watchers_.insert(log.watchers_.end(), std::move(watcher))) {}

EventLog::Watch::~Watch() { log_.watchers_.erase(place_); }

}  // namespace agilevpn::control
