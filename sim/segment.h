// A network segment: a prefix with interfaces on it, and a router (perhaps a NAT box) up to the next segment. Segments form
// a tree whose root is the Internet; what no segment on the way knows is lost.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/address_hash.h"
#include "sim/link.h"
#include "sim/nat.h"
#include "sim/packet.h"

namespace agilevpn::sim {

class Interface;
class World;

struct SegmentOptions {
  std::string name;
  std::optional<IpPrefix> v4;
  std::optional<IpPrefix> v6;
  Link uplink{};
  std::optional<NatOptions> nat{};  // For IPv4; `outside` must be an address of the segment above.
};

class Segment {
 public:
  Segment(World& world, SegmentOptions options, Segment* above);
  Segment(const Segment&) = delete;

  // A packet that is on this segment finds its way: to an interface here, down or up.
  void carry(Packet packet);

  const std::string& name() const { return options_.name; }
  const std::optional<IpPrefix>& prefix(Family family) const {
    return family == Family::V4 ? options_.v4 : options_.v6;
  }
  IpAddress router(Family family) const;  // The first address of the prefix.
  Segment* above() const { return above_; }
  Link& uplink() { return options_.uplink; }
  Nat* nat() { return nat_ ? &*nat_ : nullptr; }
  void change_outside(const IpAddress& outside);  // Of its NAT box, which reboots.
  void attach(const IpAddress& address, Interface& interface) { interfaces_[address] = &interface; }
  void detach(const IpAddress& address) { interfaces_.erase(address); }
  bool has(const IpAddress& address) const { return interfaces_.contains(address); }
  // The `number`-th address of the prefix: 2 and up for hosts.
  IpAddress address(Family family, std::uint64_t number) const;

 private:
  void add_below(Segment& segment);
  Segment* way_down(const IpAddress& address) const;  // The segment below that it leads through; nullptr: none.
  void leave(Packet packet);
  void enter(Packet packet);

  World& world_;
  SegmentOptions options_;
  Segment* above_;
  std::optional<Nat> nat_;
  std::vector<Segment*> below_v4_, below_v6_;  // With a prefix of that family and, for IPv4, no NAT box.
  std::unordered_map<IpAddress, Segment*, AddressHash> below_nats_;  // By their outside addresses.
  std::unordered_map<IpAddress, Interface*, AddressHash> interfaces_;
};

}  // namespace agilevpn::sim
