#include "tests/roles/roles_world.h"

namespace agilevpn::roles {

namespace {

// An IPv4 packet with nothing in it.
Bytes inner_packet(const IpAddress& from, const IpAddress& to) {
  Bytes packet = "450000140000000040010000"_hex;
  append(packet, from.bytes());
  append(packet, to.bytes());
  return packet;
}

}  // namespace

RolesWorld::RolesWorld(std::uint64_t seed)
    : world(seed),
      lan(world.add_segment(
          {.name = "lan", .v4 = IpPrefix::parse("192.0.2.0/24"), .v6 = IpPrefix::parse("2001:db8:1::/64")})),
      home(world.add_segment({.name = "home",
                              .v4 = IpPrefix::parse("172.16.1.0/24"),
                              .nat = sim::NatOptions{.outside = IpAddress::v4(198, 51, 100, 9)}})),
      far(world.add_segment(
          {.name = "far", .v4 = IpPrefix::parse("203.0.113.0/24"), .v6 = IpPrefix::parse("2001:db8:9::/64")})),
      client_host(world.add_host("client")),
      gateway_host(world.add_host("gateway")),
      eth0(client_host.add_interface(lan)),
      eth1(client_host.add_interface(home)),
      wan(gateway_host.add_interface(far)) {}

client::Profile RolesWorld::profile() const {
  const auto credentials = sim::Credentials::with_certificate("anna@example.org");
  client::Profile profile{
      .name = "office", .gateway = "203.0.113.2", .local = credentials.identity, .auth = credentials.local_auth()};
  profile.remote = ike::wire::Identity::parse("vpn.example.org");
  profile.mobility.prefer = {"eth0", "eth1"};
  return profile;
}

gateway::Config RolesWorld::config() const {
  const auto credentials = sim::Credentials::with_certificate("vpn.example.org");
  gateway::Config config{.name = "vpn.example.org",
                         .identity = credentials.identity,
                         .certificate = std::get<ike::CertificateAuth>(credentials.local_auth())};
  config.pools = {{"office", *IpPrefix::parse("10.66.0.0/24"), {IpAddress::v4(10, 66, 0, 1)}}};
  gateway::ConnectionRule staff{.name = "staff"};
  staff.certificate = crypto::CertificateRules{.purpose = crypto::CertificateRules::Purpose::Client};
  staff.pools = {"office"};
  staff.dns = {IpAddress::v4(10, 66, 0, 1)};
  staff.domains = {"corp.example.org"};
  staff.routes = {*IpPrefix::parse("192.168.10.0/24")};
  config.rules.push_back(std::move(staff));
  return config;
}

void RolesWorld::start_client(client::Profile profile, ike::Credentials credentials) {
  client_ = std::make_unique<sim::ClientHost>(
      client_host, std::make_unique<client::Connection>(std::move(profile), std::move(credentials), world.random()));
  client_->on_event = [this](const client::Event& event) { client_said.events.push_back(event); };
  client_->on_packet = [this](const auto&) { ++packets_at_client_; };
  client_->resolve = [this](const std::string& name) { return names[name]; };
  client_->command([](client::Connection& connection, Instant now) { connection.up(now); });
}

void RolesWorld::start_gateway(gateway::Config config, ike::Credentials credentials) {
  gateway_.reset();
  gateway_ = std::make_unique<sim::GatewayHost>(
      gateway_host, std::make_unique<gateway::Gateway>(std::move(config), std::move(credentials), world.random()));
  gateway_->on_event = [this](const gateway::Event& event) { gateway_said.events.push_back(event); };
  gateway_->on_packet = [this](const auto&) { ++packets_at_gateway_; };
}

std::unique_ptr<sim::ClientHost> RolesWorld::add_client(sim::Segment& segment, client::Profile profile,
                                                        ike::Credentials credentials) {
  sim::Host& host = world.add_host("another client");
  host.add_interface(segment);
  auto added = std::make_unique<sim::ClientHost>(
      host, std::make_unique<client::Connection>(std::move(profile), std::move(credentials), world.random()));
  added->command([](client::Connection& connection, Instant now) { connection.up(now); });
  return added;
}

void RolesWorld::connect() {
  start_gateway();
  start_client();
  run_until(client::State::Connected);
  world.run_for(1s);
}

std::vector<std::string> RolesWorld::states() const {
  std::vector<std::string> told;
  for (const client::Event& event : client_said.events)
    if (const auto* change = std::get_if<client::StateChanged>(&event))
      told.emplace_back(client::to_string(change->to));
  return told;
}

std::vector<ike::KeyLogEntry> RolesWorld::key_log() {
  std::vector<ike::KeyLogEntry> log;
  while (auto entry = client_->role().poll_key_log()) log.push_back(*std::move(entry));
  return log;
}

bool RolesWorld::ping() {
  const auto ike_sa = session().ike_sa;
  if (!ike_sa || !ike_sa->lease) return false;
  const IpAddress inner = *ike_sa->lease->ipv4;
  const IpAddress server = IpAddress::v4(192, 168, 10, 2);
  const std::size_t at_gateway = packets_at_gateway_;
  const std::size_t at_client = packets_at_client_;
  client_->send(inner_packet(inner, server));
  if (!world.run_until([&] { return packets_at_gateway_ > at_gateway; }, 1s)) return false;
  gateway_->send(inner_packet(server, inner));
  return world.run_until([&] { return packets_at_client_ > at_client; }, 1s);
}

}  // namespace agilevpn::roles
