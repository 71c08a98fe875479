// Our client at a stock gateway, in a world of its own: at home behind a NAT, in an office without one, and on a
// phone's network.
//
//   laptop ── home (192.168.1.0/24) ── NAT ──┐
//      ├───── office (no NAT) ───────────────┼── internet ── datacenter ── gateway
//      └───── mobile ── symmetric NAT ───────┘
#pragma once

#include "sim/role_host.h"
#include "sim/stock/crowd.h"
#include "sim/stock/gateway.h"

namespace agilevpn::sim::stock {

struct VisitOptions {
  std::uint64_t seed = 7;
  std::string policy;  // Empty: the one that serves the gateway.
  crypto::KeyType key = crypto::KeyType::Rsa;
  ike::Settings settings;
  bool is_machine = false;         // It logs in by its own certificate.
  std::vector<eap::Type> methods;  // Else by these; empty: by what the gateway wants.
  std::string password = "secret";
  std::vector<IpAddress> dns{IpAddress::v4(10, 99, 0, 53)};
};

class Visit {
 public:
  explicit Visit(GatewayKind what, VisitOptions options = {});

  // Brings the connection up.
  void begin();
  void move(Place to, Duration without_network = 3s);
  void nap(Duration duration);
  std::uint64_t pings_answered(std::size_t count = 3, std::size_t octets = 64);
  // Hours of work and of next to nothing, moves, naps and nights, by dice.
  void live(Duration duration);

  client::State state() const { return client->role().state(); }
  bool is_connected() const { return state() == client::State::Connected; }
  client::SessionInfo session() const { return client->role().session(); }
  // Everything that a good client and a good gateway prevent, one sentence each.
  std::vector<std::string> complaints();

  GatewayKind kind;
  client::Profile profile;
  World world;
  Host& gateway_host = world.add_host("gateway");
  Host& laptop = world.add_host("laptop");
  std::optional<StockGateway> gateway;
  std::optional<ClientHost> client;
  std::function<void(const client::Event&)> on_event;  // Before begin().
  std::size_t logins = 0;
  std::uint64_t pings = 0, answers = 0;
  std::vector<Instant> octets;  // When one for the gateway itself came.

 private:
  client::Profile profile_of(const VisitOptions& options) const;
  void add_networks();
  void handle_inner(ByteView packet);
  void live_an_hour();
  void work(std::size_t minutes);
  void expect_answer();
  void note_endings();

  SeededRandom dice_;
  Place place_ = Place::Home;
  std::size_t seen_endings_ = 0;
  std::vector<std::string> complaints_;
};

// For programs: the plan's kind is a gateway's; each of `count` clients has a world of its own. A rekey is by the
// gateway if it began it.
Played play_visits(const Plan& plan);

}  // namespace agilevpn::sim::stock
