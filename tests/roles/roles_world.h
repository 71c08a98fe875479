// A roaming client and a gateway, each with its own engine, in the simulated world:
//
//   client ── eth0 ───────────────────── lan 192.0.2.0/24, 2001:db8:1::/64 ──┬── internet ── gateway 203.0.113.2,
//   2001:db8:9::2
//          └─ eth1 ── home 172.16.1.0/24 ── NAT 198.51.100.9 ────────────────┘
//
// eth0 is preferred. Time is virtual.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/connection.h"
#include "gateway/gateway.h"
#include "sim/credentials.h"
#include "sim/data_plane.h"
#include "sim/world.h"

namespace agilevpn::roles {

// Runs a role on a host of the simulated world: datagrams, timers and SA changes; what is the role's own is `drain`.
template <class Role, class Event>
class RoleHost : public sim::Program {
 public:
  RoleHost(sim::Host& host, std::unique_ptr<Role> role) : role_(std::move(role)), host_(host) {
    role_->handle_wall_time(host.now(), sim::calendar(host.now()));
    host.run(this);
  }
  ~RoleHost() override { host_.run(nullptr); }

  void handle_packet(const Path& path, sim::Packet::Protocol, ByteView payload) override {
    constexpr std::size_t marker_size = 4;
    if (!has_non_esp_marker(path))
      role_->handle_datagram(host_.now(), path, payload);
    else if (payload.size() < marker_size)
      return;  // A NAT keepalive.
    else if (equal(payload.first(marker_size), Bytes(marker_size)))
      role_->handle_datagram(host_.now(), path, payload.subspan(marker_size));
    else if (auto inner = data_plane_.open(host_.now(), payload))
      received_.push_back(*std::move(inner));
    report();
  }
  void handle_timeout() override {
    command([](Role& role, Instant now) { role.handle_timeout(now); });
  }
  std::optional<Instant> poll_timeout() const override { return role_->poll_timeout(); }

  template <class Command>
  void command(Command&& command) {
    command(*role_, host_.now());
    pump();
    host_.arm();
  }
  // An inner packet into the tunnel.
  void send(ByteView inner) {
    if (auto sealed = data_plane_.seal(inner))
      host_.send(sealed->path.path, sim::Packet::Protocol::Udp, sealed->packet);
    report();
  }
  // What the data plane would tell every now and then.
  void report() {
    for (const auto& one : data_plane_.reports()) role_->handle_traffic(host_.now(), one);
    pump();
    host_.arm();
  }

  Role& role() { return *role_; }
  sim::DataPlane& data_plane() { return data_plane_; }
  const std::vector<Bytes>& received() const { return received_; }
  const std::vector<Event>& events() const { return events_; }
  template <class Fact>
  const Fact* last() const {  // nullptr if it never happened.
    const Fact* found = nullptr;
    for (const Event& event : events_)
      if (const Fact* fact = std::get_if<Fact>(&event)) found = fact;
    return found;
  }

 protected:
  virtual void drain() {}
  void pump() {
    while (auto change = role_->poll_sa_change()) data_plane_.apply(*std::move(change));
    while (auto out = role_->poll_transmit()) transmit(*out);
    while (auto event = role_->poll_event()) events_.push_back(*std::move(event));
    drain();
  }
  void transmit(const ike::Transmit& out) {
    Bytes payload(has_non_esp_marker(out.path) ? 4 : 0);
    append(payload, out.datagram);
    host_.send(out.path, sim::Packet::Protocol::Udp, payload);
  }

  std::unique_ptr<Role> role_;
  sim::Host& host_;

 private:
  sim::DataPlane data_plane_;
  std::vector<Bytes> received_;
  std::vector<Event> events_;
};

class ClientHost final : public RoleHost<client::Connection, client::Event> {
 public:
  ClientHost(sim::Host& host, std::unique_ptr<client::Connection> connection) : RoleHost(host, std::move(connection)) {
    handle_network_change();
  }
  void handle_network_change() override {
    command([&](client::Connection& connection, Instant now) { connection.handle_network(now, host_.network()); });
  }
  std::vector<std::string> states() const;  // Every one since the start.
  const std::vector<client::HostChange>& host_changes() const { return host_changes_; }
  std::size_t keepalives() const { return keepalives_; }
  // What the resolver answers, by name.
  std::map<std::string, std::vector<IpAddress>> names;

 private:
  void drain() override;
  std::vector<client::HostChange> host_changes_;
  std::size_t keepalives_ = 0;
};

using GatewayHost = RoleHost<gateway::Gateway, gateway::Event>;

class RolesWorld {
 public:
  explicit RolesWorld(std::uint64_t seed = 1);

  // Both with certificates of one CA; change what a test is about.
  client::Profile profile(std::string_view identity = "anna@example.org") const;
  gateway::Config config() const;

  ClientHost& start_client() {
    return start_client(profile(), sim::Credentials::with_certificate("anna@example.org").trust());
  }
  ClientHost& start_client(client::Profile profile, ike::Credentials credentials);
  GatewayHost& start_gateway() {
    return start_gateway(config(), sim::Credentials::with_certificate("vpn.example.org").trust());
  }
  GatewayHost& start_gateway(gateway::Config config, ike::Credentials credentials);
  void stop_gateway() { gateway_.reset(); }
  // Both, connected over eth0.
  void connect();

  client::State state() { return client_->role().state(); }
  bool run_until(client::State state, Duration at_most = 1min) {
    return world.run_until([&] { return client_->role().state() == state; }, at_most);
  }
  // An inner packet makes the round trip.
  bool ping();

  sim::World world;
  sim::Segment& lan;
  sim::Segment& home;
  sim::Segment& far;
  sim::Host& client_host;
  sim::Host& gateway_host;
  sim::Interface& eth0;
  sim::Interface& eth1;
  sim::Interface& wan;
  std::unique_ptr<ClientHost> client_;
  std::unique_ptr<GatewayHost> gateway_;
};

}  // namespace agilevpn::roles
