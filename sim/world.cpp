#include "sim/world.h"

namespace agilevpn::sim {

World::World(std::uint64_t seed) : random_(seed) {
  segments_.push_back(std::make_unique<Segment>(
      *this, SegmentOptions{.name = "internet", .v4 = IpPrefix::parse("0.0.0.0/0"), .v6 = IpPrefix::parse("::/0")},
      nullptr));
}

Segment& World::add_segment(SegmentOptions options, Segment& above) {
  return *segments_.emplace_back(std::make_unique<Segment>(*this, std::move(options), &above));
}

Host& World::add_host(std::string name) { return *hosts_.emplace_back(std::make_unique<Host>(*this, std::move(name))); }

IpAddress World::next_address(const Segment& segment, Family family) {
  auto [next, is_new] = next_addresses_.try_emplace({segment.name(), family}, 2);
  return segment.address(family, next->second++);
}

bool World::run_until(const std::function<bool()>& condition, Duration at_most) {
  const Instant end = now() + at_most;
  while (!condition())
    if (!events_.run_next(end)) {
      events_.run_to(end);
      return condition();
    }
  return true;
}

void World::cross(Link& link, Packet packet, Arrive then) {
  if (on_packet) on_packet(packet);
  const auto arrivals = link.arrivals(now(), packet.size(), random_);
  for (std::size_t copies = arrivals.size(); copies > 1; --copies)
    events_.schedule(arrivals[arrivals.size() - copies], [packet, then]() mutable { then(std::move(packet)); });
  if (!arrivals.empty())
    events_.schedule(arrivals.back(),
                     [packet = std::move(packet), then = std::move(then)]() mutable { then(std::move(packet)); });
}

}  // namespace agilevpn::sim
