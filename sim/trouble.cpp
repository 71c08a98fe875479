#include "sim/trouble.h"

#include <algorithm>
#include <numeric>

namespace agilevpn::sim {

namespace {

constexpr std::size_t seen_max = 500;

// Nothing protects IKE_SA_INIT: who changes it on its way can keep hosts from connecting, and no engine can help it.
bool is_init(const Packet& packet) {
  const std::size_t marker = packet.from.port == ike_port || packet.to.port == ike_port ? 0 : 4;
  constexpr std::size_t exchange_at = 18;
  constexpr auto init = static_cast<std::byte>(ike::wire::ExchangeType::IkeSaInit);
  return packet.payload.size() > marker + exchange_at && packet.payload[marker + exchange_at] == init;
}

void toggle(bool is_on, Interface& interface, void (Interface::*off)(), void (Interface::*on)()) {
  (interface.*(is_on ? off : on))();
}

}  // namespace

const std::vector<Trouble::Kind>& Trouble::kinds() {
  static const std::vector<Kind> all = {
      {12, &Trouble::toggle_cable},
      {3, &Trouble::toggle_interface},
      {6, &Trouble::toggle_silent_cut},
      {6, &Trouble::renumber},
      {3, &Trouble::lose_family},
      {6, &Trouble::roam},
      {4, &Trouble::lose_packets},
      {3, &Trouble::cut_uplink},
      {6, &Trouble::reboot_nat},
      {2, &Trouble::renumber_nat},
      {4, &Trouble::sleep},
      {1, &Trouble::renumber_gateway},
      {1, &Trouble::restart_gateway},
      {5, &Trouble::rekey_by_client},
      {5, &Trouble::rekey_by_gateway},
      {4, &Trouble::rekey_by_both},
      {1, &Trouble::disconnect_session},
      {2, &Trouble::reconnect},
      {1, &Trouble::restart_client},
      {2, &Trouble::prefer},
      {5, &Trouble::replay},
      {5, &Trouble::flip},
      {3, &Trouble::reflect},
      {3, &Trouble::truncate},
      {3, &Trouble::cheat},
  };
  return all;
}

Trouble::Trouble(RandomWorld& random_world) : world_(random_world) {
  world_.world.on_packet = [this](const Packet& packet) {
    if (seen_.size() < seen_max)
      seen_.push_back(packet);
    else
      seen_[seen_next_++ % seen_max] = packet;
  };
}

void Trouble::cause() {
  const auto add = [](std::uint64_t sum, const Kind& kind) { return sum + kind.weight; };
  std::uint64_t number = world_.dice(std::accumulate(kinds().begin(), kinds().end(), std::uint64_t{0}, add));
  for (const Kind& kind : kinds()) {
    if (number < kind.weight) return (this->*kind.happen)();
    number -= kind.weight;
  }
}

// ---- The client's networks

Interface& Trouble::some_interface(const RandomWorld::Client& client) {
  return client.host->interface(world_.dice(client.host->interfaces().size()));
}

void Trouble::toggle_cable() {
  const auto& client = some_client();
  Interface& interface = some_interface(client);
  const bool has_carrier = interface.describe().has_carrier;
  say(client.identity + ": " + interface.name() + (has_carrier ? " is unplugged" : " is plugged in"));
  toggle(has_carrier, interface, &Interface::unplug, &Interface::plug);
}

void Trouble::toggle_interface() {
  const auto& client = some_client();
  Interface& interface = some_interface(client);
  const bool is_up = interface.describe().is_up;
  say(client.identity + ": " + interface.name() + (is_up ? " is taken down" : " is brought up"));
  toggle(is_up, interface, &Interface::take_down, &Interface::bring_up);
}

void Trouble::toggle_silent_cut() {
  const auto& client = some_client();
  Interface& interface = some_interface(client);
  interface.link.is_up = !interface.link.is_up;
  say(client.identity + ": " + interface.name() +
      (interface.link.is_up ? " carries packets again" : " drops every packet"));
}

void Trouble::renumber() {
  const auto& client = some_client();
  Interface& interface = some_interface(client);
  if (interface.addresses().empty()) return;
  const IpAddress old = interface.addresses().front();
  const IpAddress fresh = world_.world.next_address(*interface.segment(), old.family());
  const bool is_break_first = world_.chance(0.5);
  say(client.identity + ": " + interface.name() + " gets " + fresh.to_string() + " instead of " + old.to_string());
  if (is_break_first) interface.remove_address(old);
  interface.add_address(fresh);
  interface.remove_address(old);
}

void Trouble::lose_family() {
  const auto& client = some_client();
  Interface& interface = some_interface(client);
  if (interface.addresses().empty()) return;
  const IpAddress lost = interface.addresses().back();
  say(client.identity + ": " + interface.name() + " loses " + lost.to_string());
  interface.remove_address(lost);
  later(1s, 3min, [this, &interface, family = lost.family()] {
    if (interface.segment()->prefix(family))
      interface.add_address(world_.world.next_address(*interface.segment(), family));
  });
}

void Trouble::roam() {
  const auto& client = some_client();
  Interface& interface = some_interface(client);
  Segment& segment = some_segment();
  say(client.identity + ": " + interface.name() + " joins " + segment.name());
  interface.join(segment);
  later(10ms, 4s, [this, &interface, &segment] {
    if (interface.segment() != &segment || !interface.addresses().empty()) return;
    for (const Family family : {Family::V4, Family::V6})
      if (segment.prefix(family)) interface.add_address(world_.world.next_address(segment, family));
  });
}

void Trouble::lose_packets() {
  Link& link = world_.chance(0.5) ? some_segment().uplink() : some_interface(some_client()).link;
  link.loss = 0.1 + static_cast<double>(world_.dice(30)) / 100;
  say("a link loses " + std::to_string(static_cast<int>(link.loss * 100)) + " % of its packets");
  later(1s, 60s, [&link] { link.loss = 0; });
}

void Trouble::cut_uplink() {
  Segment& segment = some_segment();
  say(segment.name() + " is cut off for a while");
  segment.uplink().is_up = false;
  later(1s, 2min, [&segment] { segment.uplink().is_up = true; });
}

void Trouble::reboot_nat() {
  Segment& segment = some_segment();
  if (segment.nat() == nullptr) return;
  say("the NAT box of " + segment.name() + " reboots");
  segment.nat()->forget();
}

void Trouble::renumber_nat() {
  Segment& segment = some_segment();
  if (segment.nat() == nullptr) return;
  const auto outside = segment.nat()->outside().plus(10);
  say("the NAT box of " + segment.name() + " gets " + outside->to_string());
  segment.change_outside(*outside);
}

void Trouble::sleep() {
  Host& host = *some_client().host;
  if (host.is_asleep()) return;
  say(host.name() + " falls asleep");
  host.sleep();
  later(1s, 10min, [this, &host] {
    say(host.name() + " wakes up");
    host.wake();
  });
}

// ---- The gateway

void Trouble::renumber_gateway() {
  Interface& interface = world_.gateway_host->interface(0);
  const Family family = world_.chance(0.5) ? Family::V4 : Family::V6;
  const auto found = std::ranges::find(interface.addresses(), family, &IpAddress::family);
  if (found == interface.addresses().end()) return;
  const IpAddress old = *found;
  const IpAddress fresh = world_.world.next_address(*interface.segment(), family);
  say("the gateway gets " + fresh.to_string() + ", and will lose " + old.to_string());
  interface.add_address(fresh);
  later(1min, 5min, [this, &interface, lost = old] {
    say("the gateway loses " + lost.to_string());
    excuse_all();  // Who slept, or sits behind a NAT, need not hear of it.
    interface.remove_address(lost);
  });
}

void Trouble::restart_gateway() {
  say("the gateway crashes");
  excuse_all();
  world_.gateway.reset();
  later(100ms, 20s, [this] {
    say("the gateway is back");
    if (!world_.gateway) world_.start_gateway();
  });
}

// ---- Sessions

void Trouble::rekey_by_client() {
  auto& client = some_client();
  if (!client.program) return;
  say(client.identity + " rekeys the IKE SA");
  client.program->command([](client::Connection& connection, Instant now) { connection.rekey(now); });
}

void Trouble::rekey_by_gateway() {
  if (!world_.gateway) return;
  say("the gateway rekeys every IKE SA");
  for (const gateway::SessionInfo& session : world_.gateway->role().sessions())
    world_.gateway->command([&](gateway::Gateway& gateway, Instant now) { gateway.rekey(now, session.id); });
}

void Trouble::rekey_by_both() {
  rekey_by_client();
  rekey_by_gateway();
}

void Trouble::disconnect_session() {
  if (!world_.gateway) return;
  const auto sessions = world_.gateway->role().sessions();
  if (sessions.empty()) return;
  const auto& session = sessions[world_.dice(sessions.size())];
  say("the operator disconnects " + session.peer.to_string());
  for (const auto& client : world_.clients)
    if (client.identity == session.peer.to_string()) on_excuse(client);
  world_.gateway->command([&](gateway::Gateway& gateway, Instant now) { gateway.disconnect(now, session.id); });
}

void Trouble::reconnect() {
  auto& client = some_client();
  say(client.identity + " disconnects, and will connect again");
  on_excuse(client);
  world_.disconnect(client);
  later(10ms, 60s, [this, &client] { world_.connect(client); });
}

void Trouble::restart_client() {
  auto& client = some_client();
  if (!client.program) return;
  say(client.identity + " crashes, and will start again");
  world_.crash_client(client);
  later(100ms, 60s, [this, &client] {
    on_excuse(client);
    if (!client.program) world_.start_client(client);
  });
}

void Trouble::prefer() {
  auto& client = some_client();
  if (!client.program) return;
  auto& order = client.prefer;
  std::ranges::rotate(order, order.begin() + static_cast<std::ptrdiff_t>(world_.dice(order.size())));
  say(client.identity + " prefers " + order.front());
  client.program->command([&](client::Connection& connection, Instant now) { connection.prefer(now, order); });
}

// ---- Attackers

void Trouble::inject(const Packet& packet) { world_.world.internet().carry(packet); }

void Trouble::replay() {
  if (seen_.empty()) return;
  say("a packet is replayed");
  inject(some_packet());
}

void Trouble::flip() {
  if (seen_.empty()) return;
  Packet flipped = some_packet();
  if (flipped.payload.empty() || is_init(flipped)) return;
  say("a packet is replayed with a bit flipped");
  flipped.payload[world_.dice(flipped.payload.size())] ^= std::byte{1} << static_cast<int>(world_.dice(8));
  inject(flipped);
}

void Trouble::reflect() {
  if (seen_.empty()) return;
  Packet reflected = some_packet();
  say("a packet is reflected");
  std::swap(reflected.from, reflected.to);
  inject(reflected);
}

void Trouble::truncate() {
  if (seen_.empty()) return;
  Packet truncated = some_packet();
  say("a packet is truncated");
  truncated.payload.resize(world_.dice(truncated.payload.size() + 1));
  inject(truncated);
}

void Trouble::cheat() {
  auto& client = some_client();
  if (!client.program || client.program->data_plane().child_sas().empty()) return;
  say(client.identity + " sends with an inner address that is not its own");
  const auto child = client.program->data_plane().child_sas().begin()->first;
  const auto packet = world_.ledger.make(IpAddress::v4(10, 66, 0, 200), IpAddress::v4(192, 168, 10, 2));
  client.program->send(client.program->data_plane().seal_anyway(child, packet));
}

// ---- Helpers

void Trouble::say(const std::string& what) {
  if (on_trouble) on_trouble(what);
}

void Trouble::excuse_all() {
  for (const auto& client : world_.clients) on_excuse(client);
}

void Trouble::later(Duration least, Duration most, std::function<void()> then) {
  world_.world.events().schedule_in(world_.between(least, most), std::move(then));
}

}  // namespace agilevpn::sim
