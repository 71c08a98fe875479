#include "sim/random_world.h"
#include "ike/typed_proposal.h"

#include <algorithm>
#include <array>

namespace agilevpn::sim {

namespace {

constexpr const char* gateway_name = "vpn.example.org";
const IpAddress server_v4 = IpAddress::v4(192, 168, 10, 2);

template <class T, std::size_t N>
const T& pick(const std::array<T, N>& from, std::uint64_t number) {
  return from[number % N];
}

}  // namespace

RandomWorld::RandomWorld(std::uint64_t seed) : world(seed), dice_(seed ^ 0x9e3779b97f4a7c15) {
  add_segments();
  gateway_settings_ = random_settings();
  gateway_host = &world.add_host("gateway");
  gateway_host->add_interface(*datacenter).link = random_link();
  const std::size_t count = 1 + dice(4);
  for (std::size_t number = 0; number < count; ++number) add_client(number);
  start_gateway();
  for (Client& client : clients) {
    start_client(client);
    schedule_ping(client);
  }
}

// ---- Scenery

Link RandomWorld::random_link() {
  Link link{.latency = between(200us, 80ms)};
  if (chance(0.5)) link.jitter = between(1ms, 40ms);
  if (chance(0.4)) link.loss = static_cast<double>(dice(50)) / 1000;
  if (chance(0.2)) link.duplication = 0.01;
  link.reorders = chance(0.2);
  if (chance(0.2)) link.mtu = 1300 + dice(200);
  return link;
}

void RandomWorld::add_segments() {
  datacenter = &world.add_segment(
      {.name = "datacenter", .v4 = IpPrefix::parse("203.0.113.0/24"), .v6 = IpPrefix::parse("2001:db8:9::/64")});
  const auto nat = [this](std::uint8_t number) {
    return NatOptions{.outside = IpAddress::v4(198, 51, 100, number),
                      .mapping_lifetime = between(30s, 300s),
                      .is_endpoint_dependent = chance(0.5),
                      .preserves_ports = chance(0.5)};
  };
  segments = {
      &world.add_segment({.name = "lan",
                          .v4 = IpPrefix::parse("192.0.2.0/24"),
                          .v6 = IpPrefix::parse("2001:db8:1::/64"),
                          .uplink = random_link()}),
      &world.add_segment(
          {.name = "home", .v4 = IpPrefix::parse("172.16.1.0/24"), .uplink = random_link(), .nat = nat(1)}),
      &world.add_segment({.name = "cafe",
                          .v4 = IpPrefix::parse("10.44.0.0/16"),
                          .v6 = IpPrefix::parse("2001:db8:2::/64"),
                          .uplink = random_link(),
                          .nat = nat(2)}),
      &world.add_segment({.name = "mobile", .v6 = IpPrefix::parse("2001:db8:3::/64"), .uplink = random_link()}),
  };
}

ike::Settings RandomWorld::random_settings() {
  ike::Settings settings;
  settings.ike_rekey = between(1min, 20min);
  settings.child_rekey = between(30s, 10min);
  settings.liveness_interval = between(5s, 60s);
  settings.always_udp_encapsulation = chance(0.5);
  settings.pfs = chance(0.7);
  settings.fragmentation = chance(0.8);
  if (chance(0.3)) settings.fragment_size = 600;
  return settings;
}

ike::Policy RandomWorld::random_policy() {
  static constexpr std::array ike_proposals{"aes256gcm16-prfsha384-x25519",
                                            "aes128gcm16-prfsha256-ecp256",
                                            "chacha20poly1305-prfsha256-x25519",
                                            "aes256-sha256-ecp384",
                                            "aes256gcm16-prfsha384-x25519-ke1_ecp256",
                                            "aes128-sha256-ecp256-ke1_x25519-ke3_x448"};
  static constexpr std::array esp_proposals{"aes128gcm16", "aes256gcm16-esn", "chacha20poly1305", "aes128-sha256"};
  if (chance(0.4)) return ike::modern_policy();
  return {"typed",
          {*ike::parse_ike_proposal(pick(ike_proposals, dice(ike_proposals.size())))},
          {*ike::parse_esp_proposal(pick(esp_proposals, dice(4)))}};
}

void RandomWorld::add_client(std::size_t number) {
  Client& client = clients.emplace_back();
  client.identity = "client" + std::to_string(number) + "@example.org";
  client.has_certificate = chance(0.5);
  client.host = &world.add_host("client " + std::to_string(number));
  for (std::size_t interfaces = 1 + dice(3); interfaces > 0; --interfaces)
    client.host->add_interface(*segments[dice(segments.size())]).link = random_link();
  client.ping_interval = between(200ms, 4s);
  client.is_up = true;
  client.policy = random_policy();
  client.settings = random_settings();
  client.prefer = {"eth0", "eth1", "eth2"};
  if (chance(0.5)) std::ranges::reverse(client.prefer);
}

// ---- Programs

void RandomWorld::start_client(Client& client) {
  const auto credentials =
      client.has_certificate ? Credentials::with_certificate(client.identity) : Credentials::with_psk(client.identity);
  client::Profile profile{
      .name = "office", .gateway = gateway_name, .local = credentials.identity, .auth = credentials.local_auth()};
  profile.policy = client.policy;
  profile.settings = client.settings;
  profile.mobility.prefer = client.prefer;
  client.program = std::make_unique<ClientHost>(
      *client.host, std::make_unique<client::Connection>(std::move(profile), credentials.trust(), world.random()));
  client.program->resolve = [this](const std::string&) {
    std::vector<IpAddress> addresses;
    for (const auto& interface : gateway_host->interfaces())
      addresses.insert(addresses.end(), interface->addresses().begin(), interface->addresses().end());
    return addresses;
  };
  client.program->on_packet = [this, &client](const DataPlane::Opened& opened) {
    if (ledger.arrived(opened.inner_packet, client.program->data_plane().child_sas().at(opened.child)))
      ++client.answers;
  };
  client.program->on_event = [this, &client](const client::Event& event) {
    if (on_client_event) on_client_event(client, event);
  };
  if (client.is_up) connect(client);
}

void RandomWorld::crash_client(Client& client) { client.program.reset(); }

void RandomWorld::connect(Client& client) {
  client.is_up = true;
  if (client.program) client.program->command([](client::Connection& connection, Instant now) { connection.up(now); });
}

void RandomWorld::disconnect(Client& client) {
  client.is_up = false;
  if (client.program)
    client.program->command([](client::Connection& connection, Instant now) { connection.down(now); });
}

gateway::Config RandomWorld::gateway_config() const {
  const auto credentials = Credentials::with_certificate(gateway_name);
  gateway::Config config{.name = gateway_name, .identity = credentials.identity};
  config.certificate = std::get<ike::CertificateAuth>(credentials.local_auth());
  config.pools = {{"v4", *IpPrefix::parse("10.66.0.0/24"), {}}, {"v6", *IpPrefix::parse("fd66::/64"), {}}};
  config.settings = gateway_settings_;
  config.policy = ike::modern_policy();
  for (const Client& client : clients) {
    config.policy.ike.insert(config.policy.ike.end(), client.policy.ike.begin(), client.policy.ike.end());
    config.policy.esp.insert(config.policy.esp.end(), client.policy.esp.begin(), client.policy.esp.end());
  }
  gateway::ConnectionRule& rule = config.rules.emplace_back();
  rule.name = "staff";
  rule.certificate = crypto::CertificateRules{.purpose = crypto::CertificateRules::Purpose::Client};
  rule.pools = {"v4", "v6"};
  for (const Client& client : clients)
    if (!client.has_certificate)
      rule.psk_users.push_back(
          {ike::wire::Identity::parse(client.identity), Credentials::with_psk(client.identity).psk.copy()});
  return config;
}

void RandomWorld::start_gateway() {
  gateway.reset();
  gateway = std::make_unique<GatewayHost>(
      *gateway_host, std::make_unique<gateway::Gateway>(
                         gateway_config(), Credentials::with_certificate(gateway_name).trust(), world.random()));
  gateway->on_packet = [this](const DataPlane::Opened& opened) {
    if (!ledger.arrived(opened.inner_packet, gateway->data_plane().child_sas().at(opened.child))) return;
    const auto ip = esp::IpPacket::decode(opened.inner_packet);
    gateway->send(ledger.make(ip->selectors.destination, ip->selectors.source));
  };
  gateway->on_event = [this](const gateway::Event& event) {
    if (on_gateway_event) on_gateway_event(event);
  };
}

// ---- Traffic

void RandomWorld::ping(Client& client) {
  const auto& tunnel = client.program ? client.program->tunnel() : std::nullopt;
  if (!tunnel || tunnel->addresses.empty() || client.host->is_asleep()) return;
  const auto is_v4 = [](const IpPrefix& prefix) { return prefix.address.is_v4(); };
  const auto inner = std::ranges::find_if(tunnel->addresses, is_v4);
  if (inner == tunnel->addresses.end()) return;
  client.program->send(ledger.make(inner->address, server_v4));
}

void RandomWorld::schedule_ping(Client& client) {
  world.events().schedule_in(client.ping_interval, [this, &client] {
    if (!is_pinging_) return;
    ping(client);
    schedule_ping(client);
  });
}

// ---- Paths

bool RandomWorld::has_path(const Client& client) const {
  const auto families = [](const Host& host) {
    std::array<bool, 2> reachable{};
    for (const auto& interface : host.interfaces()) {
      if (!interface->is_usable() || !interface->link.is_up || !interface->segment()->uplink().is_up) continue;
      for (const IpAddress& address : interface->addresses()) reachable[address.is_v4() ? 0 : 1] = true;
    }
    return reachable;
  };
  const auto here = families(*client.host);
  const auto there = families(*gateway_host);
  return !client.host->is_asleep() && ((here[0] && there[0]) || (here[1] && there[1]));
}

void RandomWorld::heal() {
  const auto mend = [](Link& link) {
    link.is_up = true;
    link.loss = link.duplication = 0;
  };
  for (Segment* segment : segments) mend(segment->uplink());
  for (Client& client : clients) {
    if (client.host->is_asleep()) client.host->wake();
    for (const auto& interface : client.host->interfaces()) {
      mend(interface->link);
      interface->plug();
      interface->bring_up();
      for (const Family family : {Family::V4, Family::V6})
        if (interface->segment()->prefix(family) &&
            std::ranges::find(interface->addresses(), family, &IpAddress::family) == interface->addresses().end())
          interface->add_address(world.next_address(*interface->segment(), family));
    }
    if (!client.program) start_client(client);
  }
  for (const auto& interface : gateway_host->interfaces()) mend(interface->link);
}

}  // namespace agilevpn::sim
