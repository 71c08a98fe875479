#include "sim/world.h"

namespace agilevpn::sim {

World::World(std::uint64_t seed) : random_(seed) {
  segments_.push_back(std::make_unique<Segment>(
      *this,
      SegmentOptions{.name = "internet", .v4 = IpPrefix::parse("0.0.0.0/0"), .v6 = IpPrefix::parse("::/0")}, nullptr));
}

Segment& World::add_segment(SegmentOptions options, Segment& above) {
  return *segments_.emplace_back(std::make_unique<Segment>(*this, std::move(options), &above));
}

Host& World::add_host(std::string name) {
  return *hosts_.emplace_back(std::make_unique<Host>(*this, std::move(name)));
}

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

void World::cross(Link& link, const Packet& packet, std::function<void(const Packet&)> then) {
  if (on_packet) on_packet(packet);
  for (const Instant arrival : link.arrivals(now(), packet.size(), random_))
    events_.schedule(arrival, [packet, then] { then(packet); });
}

}  // namespace agilevpn::sim
