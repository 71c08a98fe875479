#include "sim/host.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "sim/world.h"

namespace agilevpn::sim {

namespace {

constexpr auto netlink_delay = 1ms;  // Changes of one moment reach the program together.

std::uint8_t prefix_length(const Segment& segment, const IpAddress& address) {
  const auto& prefix = segment.prefix(address.family());
  return prefix ? prefix->length : static_cast<std::uint8_t>(address.bits());
}

}  // namespace

// ---- Interface

bool Interface::has(const IpAddress& address) const {
  return std::ranges::find(addresses_, address) != addresses_.end();
}

void Interface::set(bool& what, bool value) {
  if (std::exchange(what, value) != value) host_.network_changed();
}

void Interface::join(Segment& segment) {
  for (const IpAddress& address : std::exchange(addresses_, {})) segment_->detach(address);
  segment_ = &segment;
  host_.network_changed();
}

void Interface::add_address(const IpAddress& address) {
  CHECK(segment_ != nullptr && !segment_->has(address));
  addresses_.push_back(address);
  segment_->attach(address, *this);
  host_.network_changed();
}

void Interface::remove_address(const IpAddress& address) {
  if (std::erase(addresses_, address) == 0) return;
  segment_->detach(address);
  host_.network_changed();
}

void Interface::arrive(Packet packet) {
  host_.world().cross(link, std::move(packet), [this](const Packet& arrived) {
    if (is_usable() && has(arrived.to.address)) host_.receive(*this, arrived);
  });
}

mobility::Link Interface::describe() const {
  mobility::Link described{
      .index = index_, .name = name(), .type = type_, .is_up = is_up_, .has_carrier = has_carrier_};
  described.mtu = static_cast<std::uint32_t>(link.mtu);
  for (const IpAddress& address : addresses_)
    described.addresses.push_back({.address = address, .prefix_length = prefix_length(*segment_, address)});
  for (const Family family : {Family::V4, Family::V6}) {
    const bool has_family =
        std::ranges::any_of(addresses_, [&](const auto& address) { return address.family() == family; });
    if (!has_family || !is_usable()) continue;
    described.routes.push_back({.destination = *segment_->prefix(family), .metric = index_});
    described.routes.push_back(
        {.destination = {IpAddress::any(family), 0}, .metric = 100 + index_, .next_hop = segment_->router(family)});
  }
  return described;
}

// ---- Host

Instant Host::now() const { return world_.now(); }

Interface& Host::add_interface(Segment& segment, mobility::LinkType type) {
  const auto index = static_cast<std::uint32_t>(interfaces_.size() + 1);
  Interface& added = *interfaces_.emplace_back(std::make_unique<Interface>(*this, index, type));
  added.join(segment);
  for (const Family family : {Family::V4, Family::V6})
    if (segment.prefix(family)) added.add_address(world_.next_address(segment, family));
  return added;
}

mobility::Network Host::network() const {
  mobility::Network network;
  for (const auto& interface : interfaces_) network.links.push_back(interface->describe());
  return network;
}

void Host::run(Program* program) {
  program_ = program;
  arm();
}

void Host::arm() {
  const auto due = program_ == nullptr || is_asleep_ ? std::nullopt : program_->poll_timeout();
  if (timer_ && timer_->when == due) return;
  if (timer_) world_.events().cancel(*timer_);
  timer_.reset();
  if (due)
    timer_ = world_.events().schedule(*due, [this] {
      timer_.reset();
      program_->handle_timeout();
      arm();
    });
}

void Host::send(const Path& path, Packet::Protocol protocol, ByteView payload) {
  for (const auto& interface : interfaces_) {
    if (path.interface != 0 && path.interface != interface->index()) continue;
    if (!interface->is_usable() || !interface->has(path.local.address)) continue;
    Segment* const segment = interface->segment();
    world_.cross(interface->link, {protocol, path.local, path.peer, to_bytes(payload)},
                 [segment](Packet arrived) { segment->carry(std::move(arrived)); });
    return;
  }
}

void Host::sleep() {
  is_asleep_ = true;
  arm();
}

void Host::wake() {
  is_asleep_ = false;
  network_changed();
  arm();
}

void Host::receive(const Interface& interface, const Packet& packet) {
  if (program_ == nullptr || is_asleep_) return;
  program_->handle_packet({packet.to, packet.from, interface.index()}, packet.protocol, packet.payload);
  arm();
}

void Host::network_changed() {
  if (std::exchange(is_change_due_, true)) return;
  world_.events().schedule_in(netlink_delay, [this] {
    is_change_due_ = false;
    if (program_ == nullptr || is_asleep_) return;
    program_->handle_network_change();
    arm();
  });
}

}  // namespace agilevpn::sim
