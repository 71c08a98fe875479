// What goes wrong in a random world: cables, addresses, NAT boxes, losses, sleeping laptops, crashes, rekeys at bad
// moments and attackers on the wire. Each cause() does one thing to somebody.
#pragma once

#include <string>
#include <vector>

#include "sim/random_world.h"

namespace agilevpn::sim {

class Trouble {
 public:
  // Listens to the world's packets, for the attackers.
  explicit Trouble(RandomWorld& random_world);

  void cause();
  // Says in words what it did.
  std::function<void(const std::string&)> on_trouble;
  // A session of this client may end now, and no bug is to blame.
  std::function<void(const RandomWorld::Client&)> on_excuse;

 private:
  struct Kind {
    unsigned weight;
    void (Trouble::*happen)();
  };
  static const std::vector<Kind>& kinds();

  // The client's networks
  void toggle_cable();
  void toggle_interface();
  void toggle_silent_cut();
  void renumber();
  void lose_family();
  void roam();
  void lose_packets();
  void cut_uplink();
  void reboot_nat();
  void renumber_nat();
  void sleep();
  // The gateway
  void renumber_gateway();
  void restart_gateway();
  // Sessions
  void rekey_by_client();
  void rekey_by_gateway();
  void rekey_by_both();
  void disconnect_session();
  void reconnect();
  void restart_client();
  void prefer();
  // Attackers
  void replay();
  void flip();
  void reflect();
  void truncate();
  void cheat();

  RandomWorld::Client& some_client() { return world_.clients[world_.dice(world_.clients.size())]; }
  Interface& some_interface(const RandomWorld::Client& client);
  Segment& some_segment() { return *world_.segments[world_.dice(world_.segments.size())]; }
  Packet& some_packet() { return seen_[world_.dice(seen_.size())]; }
  void inject(const Packet& packet);
  void say(const std::string& what);
  void excuse_all();
  void later(Duration least, Duration most, std::function<void()> then);

  RandomWorld& world_;
  std::vector<Packet> seen_;  // The last ones, round and round.
  std::size_t seen_next_ = 0;
};

}  // namespace agilevpn::sim
