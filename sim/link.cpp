#include "sim/link.h"

#include <algorithm>

namespace agilevpn::sim {

bool happens(double probability, Random& random) {
  constexpr std::uint64_t parts = 1'000'000;
  return probability > 0 && static_cast<double>(random.below(parts)) < probability * static_cast<double>(parts);
}

std::vector<Instant> Link::arrivals(Instant now, std::size_t size, Random& random) {
  if (!is_up || (size > mtu && !passes_fragments)) return {};
  const std::size_t fragments = (size + mtu - 1) / mtu;
  for (std::size_t i = 0; i < fragments; ++i)
    if (happens(loss, random)) return {};
  std::vector<Instant> instants;
  for (const std::size_t copies = happens(duplication, random) ? 2 : 1; instants.size() < copies;) {
    Instant arrival = now + latency + random.jitter(jitter);
    if (!reorders) arrival = std::max(arrival, last_arrival);
    last_arrival = std::max(arrival, last_arrival);
    instants.push_back(arrival);
  }
  return instants;
}

}  // namespace agilevpn::sim
