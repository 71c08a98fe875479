// A world drawn from a seed: a gateway, a few clients with a few interfaces each, and the networks between them, with all
// their faults. Inner packets go back and forth all the time.
//
//   client 0 ── eth0 ── lan ──────────────┐
//          └─── eth1 ── home ── NAT ──────┤
//   client 1 ── eth0 ── cafe ── NAT ──────┼── internet ── datacenter ── gateway
//          └─── eth1 ── mobile (IPv6) ────┘
#pragma once

#include <deque>
#include <memory>

#include "sim/ledger.h"
#include "sim/role_host.h"
#include "sim/world.h"

namespace agilevpn::sim {

class RandomWorld {
 public:
  struct Client {
    std::string identity;
    bool has_certificate = false;
    Host* host = nullptr;
    ike::Policy policy;
    ike::Settings settings;
    std::vector<std::string> prefer;
    std::unique_ptr<ClientHost> program;
    bool is_up = false;  // Its user wants to be connected.
    Duration ping_interval{};
    std::uint64_t answers = 0;  // To its pings.
  };

  explicit RandomWorld(std::uint64_t seed);

  void start_client(Client& client);  // The program; also after a crash.
  void crash_client(Client& client);  // Without a word to the gateway.
  void connect(Client& client);       // Its user says so.
  void disconnect(Client& client);
  void start_gateway();       // Also after a crash: it has forgotten everything.
  void ping(Client& client);  // Now; the gateway answers.
  void stop_pings() { is_pinging_ = false; }
  // Whether packets can go between a client and the gateway at all.
  bool has_path(const Client& client) const;
  // A network that works, for the world's end: everything is plugged in, and nothing is lost any more.
  void heal();

  // For decisions about the world; the world's own random() is for what happens in it.
  std::uint64_t dice(std::uint64_t sides) { return dice_.below(sides); }
  bool chance(double probability) { return happens(probability, dice_); }
  Duration between(Duration least, Duration most) { return least + dice_.jitter(most - least); }

  World world;
  Ledger ledger;
  std::deque<Client> clients;
  Host* gateway_host = nullptr;
  std::unique_ptr<GatewayHost> gateway;
  std::vector<Segment*> segments;  // Where clients may be.
  Segment* datacenter = nullptr;
  std::function<void(const Client&, const client::Event&)> on_client_event;
  std::function<void(const gateway::Event&)> on_gateway_event;

 private:
  void add_segments();
  void add_client(std::size_t number);
  Link random_link();
  ike::Settings random_settings();
  ike::Policy random_policy();
  gateway::Config gateway_config() const;
  void schedule_ping(Client& client);

  SeededRandom dice_;
  ike::Settings gateway_settings_;
  bool is_pinging_ = true;
};

}  // namespace agilevpn::sim
