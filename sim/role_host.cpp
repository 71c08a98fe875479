#include "sim/role_host.h"

#include <algorithm>

#include "esp/sample_packet.h"

namespace agilevpn::sim {

namespace {

constexpr std::size_t marker_size = 4;

bool is_from_neighbor(ByteView inner_packet) {
  const auto ip = esp::IpPacket::decode(inner_packet);
  return ip && esp::is_of_the_link(ip->selectors.source);
}

}  // namespace

template <class Role, class Event>
void RoleHost<Role, Event>::handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) {
  if (protocol == Packet::Protocol::Esp) return open(payload);
  const bool is_ike = !has_non_esp_marker(path);
  if (!is_ike && payload.size() < marker_size) return;  // A NAT keepalive.
  if (!is_ike && !std::ranges::all_of(payload.first(marker_size), [](std::byte b) { return b == std::byte{0}; }))
    return open(payload);
  role_->handle_datagram(host_.now(), path, is_ike ? payload : payload.subspan(marker_size));
  pump();
}

template <class Role, class Event>
void RoleHost<Role, Event>::open(ByteView packet) {
  const auto opened = data_plane_.open(host_.now(), packet);
  if (!opened) return;
  if (is_from_neighbor(opened->inner_packet)) return answer_neighbor(*opened);
  if (on_packet) on_packet(*opened);
}

template <class Role, class Event>
void RoleHost<Role, Event>::answer_neighbor(const DataPlane::Opened& opened) {
  if constexpr (std::is_same_v<Role, gateway::Gateway>)
    if (const auto answer = data_plane_.answer_neighbor(opened)) send(*answer);
}

template <class Role, class Event>
void RoleHost<Role, Event>::handle_timeout() {
  if (report_at_ && host_.now() >= *report_at_) report_traffic();
  role_->handle_timeout(host_.now());
  pump();
}

template <class Role, class Event>
std::optional<Instant> RoleHost<Role, Event>::poll_timeout() const {
  const auto due = role_->poll_timeout();
  return due && report_at_ ? std::min(*due, *report_at_) : (due ? due : report_at_);
}

template <class Role, class Event>
bool RoleHost<Role, Event>::send(ByteView inner_packet) {
  const auto sealed = data_plane_.seal(inner_packet);
  if (sealed) send(*sealed);
  return sealed.has_value();
}

template <class Role, class Event>
void RoleHost<Role, Event>::send(const DataPlane::Sealed& sealed) {
  const auto protocol = sealed.path.udp_encapsulation ? Packet::Protocol::Udp : Packet::Protocol::Esp;
  host_.send(sealed.path.path, protocol, sealed.packet);
}

template <class Role, class Event>
void RoleHost<Role, Event>::report_traffic() {
  constexpr bool is_gateway = std::is_same_v<Role, gateway::Gateway>;
  for (const ike::TrafficReport& report : is_gateway ? data_plane_.new_reports() : data_plane_.reports())
    role_->handle_traffic(host_.now(), report);
  report_at_ = host_.now() + report_interval;
  pump();
}

template <class Role, class Event>
void RoleHost<Role, Event>::pump() {
  while (auto change = role_->poll_sa_change()) data_plane_.apply(*std::move(change));
  for (const ike::TrafficReport& report : data_plane_.take_last_reports()) role_->handle_traffic(host_.now(), report);
  while (const auto out = role_->poll_transmit()) transmit(*out);
  while (const auto event = role_->poll_event())
    if (on_event) on_event(*event);
  drain();
  if (data_plane_.child_sas().empty())
    report_at_.reset();
  else if (!report_at_)
    report_at_ = host_.now() + report_interval;
}

template <class Role, class Event>
void RoleHost<Role, Event>::transmit(const ike::Transmit& out) {
  Bytes payload(has_non_esp_marker(out.path) ? marker_size : 0);
  append(payload, out.datagram);
  host_.send(out.path, Packet::Protocol::Udp, payload);
}

template class RoleHost<client::Connection, client::Event>;
template class RoleHost<gateway::Gateway, gateway::Event>;

void ClientHost::handle_network_change() {
  command([this](client::Connection& connection, Instant now) { connection.handle_network(now, host_.network()); });
}

void ClientHost::drain() {
  while (const auto change = role_->poll_host_change()) {
    const auto* up = std::get_if<client::TunnelUp>(&*change);
    tunnel_ = up ? std::optional{*up} : std::nullopt;
  }
  while (const auto keepalive = role_->poll_inner_keepalive())
    send(esp::SamplePacket{.source = keepalive->from, .destination = keepalive->to}.build());
  while (const auto path = role_->poll_keepalive()) host_.send(*path, Packet::Protocol::Udp, "ff"_hex);
  while (const auto name = role_->poll_resolve()) {
    const auto addresses = resolve ? resolve(*name) : std::vector<IpAddress>{};
    command([&](client::Connection& connection, Instant now) {
      connection.handle_resolved(now, addresses, "no such name");
    });
  }
}

void GatewayHost::drain() {
  carry_radius();
  while (const auto ask = role_->poll_user_ask()) answer(*ask);
}

void GatewayHost::answer(const gateway::UserAsk& ask) {
  const auto tell = [&](auto handle, auto answer) {
    command([&](gateway::Gateway& gateway, Instant now) { (gateway.*handle)(now, ask.ike_sa, std::move(answer)); });
  };
  if (std::holds_alternative<gateway::FindUser>(ask.question) ||
      std::holds_alternative<gateway::CheckPassword>(ask.question)) {
    tell(&gateway::Gateway::handle_user,
         users ? users(ask.question) : gateway::UserAnswer{Failure{gateway::NoUser{"nobody is kept here", true}}});
  } else if (const auto* proved = std::get_if<gateway::Authorize>(&ask.question)) {
    tell(
        &gateway::Gateway::handle_authorization,
        authorize ? authorize(*proved) : gateway::Authorization{gateway::Authorized{.group = {.name = proved->group}}});
  } else if (const auto* wanted = std::get_if<gateway::FindGroup>(&ask.question)) {
    auto found = find_group ? find_group(*wanted) : gateway::GroupAnswer{std::nullopt};
    command([&](gateway::Gateway& gateway, Instant now) { gateway.handle_group(now, wanted->order, found); });
  } else if (const auto* leases = std::get_if<gateway::KeepLeases>(&ask.question)) {
    tell(&gateway::Gateway::handle_kept, keep ? keep(*leases) : gateway::Kept{});
  } else if (on_note) {
    on_note(ask.question);
  }
}

void GatewayHost::carry_radius() {
  while (const auto transmit = role_->poll_radius_transmit()) {
    const auto reply = radius ? radius(*transmit) : std::nullopt;
    if (reply)
      command([&](gateway::Gateway& gateway, Instant now) {
        gateway.handle_radius_datagram(now, transmit->channel, *reply);
      });
  }
}

void GatewayHost::handle_network_change() {
  std::vector<IpAddress> addresses;
  for (const auto& interface : host_.interfaces())
    if (interface->is_usable())
      addresses.insert(addresses.end(), interface->addresses().begin(), interface->addresses().end());
  command([&](gateway::Gateway& gateway, Instant now) { gateway.handle_addresses(now, addresses); });
}

}  // namespace agilevpn::sim
