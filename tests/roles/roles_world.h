// A roaming client and a gateway, each with its own engine, in the simulated world:
//
//   client ── eth0 ───────────────────── lan 192.0.2.0/24, 2001:db8:1::/64 ──┬── internet ── gateway 203.0.113.2,
//   2001:db8:9::2
//          └─ eth1 ── home 172.16.1.0/24 ── NAT 198.51.100.9 ────────────────┘
//
// eth0 is preferred. Time is virtual.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/role_host.h"
#include "sim/world.h"

namespace agilevpn::roles {

// What a role said since its start.
template <class Event>
struct Said {
  std::vector<Event> events;

  template <class Fact>
  const Fact* last() const {  // nullptr if it never happened.
    const Fact* found = nullptr;
    for (const Event& event : events)
      if (const Fact* fact = std::get_if<Fact>(&event)) found = fact;
    return found;
  }
};

class RolesWorld {
 public:
  explicit RolesWorld(std::uint64_t seed = 1);

  // Both with certificates of one CA; change what a test is about.
  client::Profile profile() const;
  gateway::Config config() const;

  void start_client() { start_client(profile(), sim::Credentials::with_certificate("anna@example.org").trust()); }
  void start_client(client::Profile profile, ike::Credentials credentials);
  void start_gateway() { start_gateway(config()); }
  void start_gateway(gateway::Config config) {
    start_gateway(std::move(config), sim::Credentials::with_certificate("vpn.example.org").trust());
  }
  void start_gateway(gateway::Config config, ike::Credentials credentials);
  void stop_client() { client_.reset(); }
  void stop_gateway() { gateway_.reset(); }
  // Another client, up, on a host of its own.
  std::unique_ptr<sim::ClientHost> add_client(sim::Segment& segment, client::Profile profile,
                                              ike::Credentials credentials);
  // Both, connected over eth0.
  void connect();

  template <class Command>
  void client(Command&& command) {
    client_->command(command);
  }
  template <class Command>
  void gateway(Command&& command) {
    gateway_->command(command);
  }
  client::State state() const { return client_->role().state(); }
  client::SessionInfo session() const { return client_->role().session(); }
  std::vector<gateway::SessionInfo> sessions() const { return gateway_->role().sessions(); }
  const std::optional<client::TunnelUp>& tunnel() const { return client_->tunnel(); }
  std::vector<std::string> states() const;  // Every one that the client told.
  std::vector<ike::KeyLogEntry> key_log();  // The client's, if it logs keys.
  bool run_until(client::State wanted, Duration at_most = 1min) {
    return world.run_until([&] { return state() == wanted; }, at_most);
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
  Said<client::Event> client_said;
  Said<gateway::Event> gateway_said;
  std::map<std::string, std::vector<IpAddress>> names;  // What the resolver knows.

 private:
  std::size_t packets_at_client_ = 0;
  std::size_t packets_at_gateway_ = 0;

 public:
  std::unique_ptr<sim::ClientHost> client_;
  std::unique_ptr<sim::GatewayHost> gateway_;
};

}  // namespace agilevpn::roles
