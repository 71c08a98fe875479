#include "sim/segment.h"

#include "base/check.h"
#include "sim/host.h"
#include "sim/world.h"

namespace agilevpn::sim {

Segment::Segment(World& world, SegmentOptions options, Segment* above)
    : world_(world), options_(std::move(options)), above_(above), nat_(options_.nat) {
  if (above_ != nullptr) above_->below_.push_back(this);
}

void Segment::carry(const Packet& packet) {
  if (const auto found = interfaces_.find(packet.to.address); found != interfaces_.end()) {
    found->second->arrive(packet);
    return;
  }
  for (Segment* below : below_)
    if (below->is_way_to(packet.to.address)) {
      world_.cross(below->options_.uplink, packet, [below](const Packet& arrived) { below->enter(arrived); });
      return;
    }
  const auto& own = prefix(packet.to.address.family());
  const bool is_on_link = own && own->contains(packet.to.address);  // Nobody has it: it goes no further.
  if (above_ != nullptr && !is_on_link) leave(packet);
}

void Segment::leave(Packet packet) {
  if (nat_ && packet.from.address.is_v4()) {
    if (packet.protocol != Packet::Protocol::Udp) return;
    packet.from = nat_->outbound(world_.now(), packet.from, packet.to);
  }
  world_.cross(options_.uplink, packet, [this](const Packet& arrived) { above_->carry(arrived); });
}

void Segment::enter(const Packet& packet) {
  if (!nat_ || packet.to.address.is_v6()) return carry(packet);
  const auto inside = nat_->inbound(world_.now(), packet.to.port, packet.from);
  if (!inside || packet.protocol != Packet::Protocol::Udp) return;
  Packet translated = packet;
  translated.to = *inside;
  carry(translated);
}

bool Segment::is_way_to(const IpAddress& address) const {
  if (nat_ && address.is_v4()) return address == nat_->outside();
  const auto& own = prefix(address.family());
  return own && own->contains(address);
}

IpAddress Segment::router(Family family) const { return address(family, 1); }

IpAddress Segment::address(Family family, std::uint64_t number) const {
  CHECK(prefix(family));
  const auto found = prefix(family)->first().plus(number);
  CHECK(found);
  return *found;
}

}  // namespace agilevpn::sim
