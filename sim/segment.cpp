#include "sim/segment.h"

#include <algorithm>

#include "base/check.h"
#include "sim/host.h"
#include "sim/world.h"

namespace agilevpn::sim {

Segment::Segment(World& world, SegmentOptions options, Segment* above)
    : world_(world), options_(std::move(options)), above_(above), nat_(options_.nat) {
  if (above_ != nullptr) above_->add_below(*this);
}

void Segment::add_below(Segment& segment) {
  if (segment.nat_) below_nats_[segment.nat_->outside()] = &segment;
  if (segment.options_.v4 && !segment.nat_) below_v4_.push_back(&segment);
  if (segment.options_.v6) below_v6_.push_back(&segment);
}

void Segment::change_outside(const IpAddress& outside) {
  above_->below_nats_.erase(nat_->outside());
  nat_->change_outside(outside);
  above_->below_nats_[outside] = this;
}

void Segment::carry(Packet packet) {
  if (const auto found = interfaces_.find(packet.to.address); found != interfaces_.end())
    return found->second->arrive(std::move(packet));
  if (Segment* below = way_down(packet.to.address))
    return world_.cross(below->options_.uplink, std::move(packet),
                        [below](Packet arrived) { below->enter(std::move(arrived)); });
  const auto& own = prefix(packet.to.address.family());
  const bool is_on_link = own && own->contains(packet.to.address);  // Nobody has it: it goes no further.
  if (above_ != nullptr && !is_on_link) leave(std::move(packet));
}

void Segment::leave(Packet packet) {
  if (nat_ && packet.from.address.is_v4()) {
    if (packet.protocol != Packet::Protocol::Udp) return;
    packet.from = nat_->outbound(world_.now(), packet.from, packet.to);
  }
  world_.cross(options_.uplink, std::move(packet), [this](Packet arrived) { above_->carry(std::move(arrived)); });
}

void Segment::enter(Packet packet) {
  if (!nat_ || packet.to.address.is_v6()) return carry(std::move(packet));
  const auto inside = nat_->inbound(world_.now(), packet.to.port, packet.from);
  if (!inside || packet.protocol != Packet::Protocol::Udp) return;
  packet.to = *inside;
  carry(std::move(packet));
}

Segment* Segment::way_down(const IpAddress& address) const {
  if (const auto box = below_nats_.find(address); box != below_nats_.end()) return box->second;
  const auto& below = address.is_v4() ? below_v4_ : below_v6_;
  const auto found =
      std::ranges::find_if(below, [&](const Segment* one) { return one->prefix(address.family())->contains(address); });
  return found == below.end() ? nullptr : *found;
}

IpAddress Segment::router(Family family) const { return address(family, 1); }

IpAddress Segment::address(Family family, std::uint64_t number) const {
  CHECK(prefix(family));
  const auto found = prefix(family)->first().plus(number);
  CHECK(found);
  return *found;
}

}  // namespace agilevpn::sim
