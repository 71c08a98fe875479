#include "ike/narrowing.h"

#include <algorithm>

#include "ike/limits.h"

namespace agilevpn::ike {

TrafficSelectors narrow(const TrafficSelectors& wanted, const TrafficSelectors& allowed) {
  TrafficSelectors narrowed;
  for (const TrafficSelector& want : wanted) {
    for (const TrafficSelector& allow : allowed) {
      const auto both = want.intersect(allow);
      if (!both) continue;
      const auto covers = [&](const TrafficSelector& other) { return other.contains(*both); };
      if (narrowed.size() == limits::selectors_max || std::ranges::any_of(narrowed, covers)) continue;
      std::erase_if(narrowed, [&](const TrafficSelector& other) { return both->contains(other); });
      narrowed.push_back(*both);
    }
  }
  return narrowed;
}

bool is_narrowing(const TrafficSelectors& narrowed, const TrafficSelectors& offered) {
  return !narrowed.empty() && std::ranges::all_of(narrowed, [&](const TrafficSelector& ts) {
    return std::ranges::any_of(offered, [&](const TrafficSelector& wide) { return wide.contains(ts); });
  });
}

}  // namespace agilevpn::ike
