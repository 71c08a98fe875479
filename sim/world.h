// The simulated world: virtual time, segments and hosts. Everything that happens in it follows from its seed and from what
// the test does; nothing follows from where objects lie in memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/host.h"

namespace agilevpn::sim {

class World {
 public:
  // With one segment, the Internet, which has every public address that no other segment has.
  explicit World(std::uint64_t seed);
  World(const World&) = delete;

  Instant now() const { return events_.now(); }
  EventQueue& events() { return events_; }
  Random& random() { return random_; }

  Segment& internet() { return *segments_.front(); }
  Segment& add_segment(SegmentOptions options) { return add_segment(std::move(options), internet()); }
  Segment& add_segment(SegmentOptions options, Segment& above);
  Host& add_host(std::string name);
  // One that no interface has had yet.
  IpAddress next_address(const Segment& segment, Family family);

  void run_for(Duration duration) { events_.run_to(now() + duration); }
  bool run_until(const std::function<bool()>& condition, Duration at_most = 10min);  // Whether it came true.

  // A packet goes over a link, or is lost there; `then` is called when and as often as it arrives.
  using Arrive = std::function<void(Packet)>;
  void cross(Link& link, Packet packet, Arrive then);
  // Sees every packet that is put on a link.
  std::function<void(const Packet&)> on_packet;

 private:
  SeededRandom random_;
  EventQueue events_;
  std::vector<std::unique_ptr<Segment>> segments_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::map<std::pair<std::string, Family>, std::uint64_t> next_addresses_;
};

}  // namespace agilevpn::sim
