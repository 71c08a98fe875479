#include "mobility/history.h"

#include <algorithm>
#include <utility>

namespace agilevpn::mobility {

void History::note_ways(Instant now, const std::vector<Candidate>& ways) {
  const auto is_usable = [&](std::uint32_t index) {
    return std::ranges::any_of(ways, [&](const Candidate& way) { return way.path.interface == index; });
  };
  for (auto& [index, link] : links_) {
    if (!link.is_usable || is_usable(index)) continue;
    link.is_usable = false;
    count_flap(now, link);
  }
  std::erase_if(links_, [](const auto& link) { return !link.second.is_usable && link.second.flaps == 0; });
  for (const Candidate& way : ways) {
    LinkRecord& link = links_[way.path.interface];
    if (!link.is_usable)
      link = {.good_since = is_first_ ? Instant::min() : now, .is_usable = true, .flaps = link.flaps};
  }
  is_first_ = is_first_ && ways.empty();
  std::erase_if(ways_, [&](const auto& known) {
    return std::ranges::none_of(ways, [&](const Candidate& way) { return way_of(way.path) == known.first; });
  });
}

void History::note_confirmed(Instant now, const Path& path, std::optional<Duration> round_trip) {
  WayRecord& way = ways_[way_of(path)];
  way = {.round_trip = round_trip ? round_trip : way.round_trip};
  LinkRecord& link = links_[path.interface];
  if (std::exchange(link.is_silent, false)) link.good_since = now;
}

void History::note_lost(Instant now, const Path& path) {
  ways_[way_of(path)].dead_until = now + limits::dead_time;
  LinkRecord& link = links_[path.interface];
  if (!std::exchange(link.is_silent, true)) count_flap(now, link);
}

void History::note_unanswered(Instant now, const Path& path) {
  WayRecord& way = ways_[way_of(path)];
  way.dead_until = now + way.pause;
  way.pause = std::min<Duration>(way.pause * 2, limits::probe_pause_longest);
}

std::optional<Duration> History::round_trip(const Path& path) const {
  const WayRecord* way = find(path);
  return way ? way->round_trip : std::nullopt;
}

std::optional<Instant> History::dead_until(const Path& path) const {
  const WayRecord* way = find(path);
  return way ? way->dead_until : std::nullopt;
}

bool History::is_dead(Instant now, const Path& path) const {
  const auto until = dead_until(path);
  return until && now < *until;
}

bool History::is_suspect(Instant now, std::uint32_t link) const {
  return std::ranges::any_of(ways_, [&](const auto& known) {
    return std::get<0>(known.first) == link && known.second.dead_until && now < *known.second.dead_until;
  });
}

Instant History::trusted_at(std::uint32_t link) const {
  const auto found = links_.find(link);
  return found == links_.end() ? Instant::min() : trusted_at(found->second);
}

Instant History::trusted_at(const LinkRecord& link) const {
  return link.good_since == Instant::min() ? link.good_since : link.good_since + hold_time_ * (1 << link.flaps);
}

void History::count_flap(Instant now, LinkRecord& link) const {
  const bool was_stable = now >= trusted_at(link) + limits::stable_time;
  link.flaps = was_stable ? 0 : std::min(link.flaps + 1, limits::flap_doublings_max);
}

const History::WayRecord* History::find(const Path& path) const {
  const auto found = ways_.find(way_of(path));
  return found == ways_.end() ? nullptr : &found->second;
}

}  // namespace agilevpn::mobility
