#include "tests/roles/roles_world.h"

namespace agilevpn::roles {

namespace {

// An IPv4 packet with nothing in it.
Bytes inner_packet(const IpAddress& from, const IpAddress& to) {
  Bytes packet = "45000014000000004001000000000000"_hex;
  packet.resize(12);
  append(packet, from.bytes());
  append(packet, to.bytes());
  return packet;
}

}  // namespace

std::vector<std::string> ClientHost::states() const {
  std::vector<std::string> seen;
  for (const client::Event& event : events())
    if (const auto* change = std::get_if<client::StateChanged>(&event))
      seen.emplace_back(client::to_string(change->to));
  return seen;
}

void ClientHost::drain() {
  while (auto change = role_->poll_host_change()) host_changes_.push_back(*std::move(change));
  while (const auto path = role_->poll_keepalive()) {
    ++keepalives_;
    host_.send(*path, sim::Packet::Protocol::Udp, "ff"_hex);
  }
  while (const auto name = role_->poll_resolve()) {
    const auto found = names.find(*name);
    const auto addresses = found == names.end() ? std::vector<IpAddress>{} : found->second;
    command([&](client::Connection& connection, Instant now) {
      connection.handle_resolved(now, addresses, "no such name");
    });
  }
}

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

client::Profile RolesWorld::profile(std::string_view identity) const {
  const auto credentials = sim::Credentials::with_certificate(identity);
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

ClientHost& RolesWorld::start_client(client::Profile profile, ike::Credentials credentials) {
  client_ = std::make_unique<ClientHost>(
      client_host, std::make_unique<client::Connection>(std::move(profile), std::move(credentials), world.random()));
  client_->command([](client::Connection& connection, Instant now) { connection.up(now); });
  return *client_;
}

GatewayHost& RolesWorld::start_gateway(gateway::Config config, ike::Credentials credentials) {
  gateway_.reset();
  gateway_ = std::make_unique<GatewayHost>(
      gateway_host, std::make_unique<gateway::Gateway>(std::move(config), std::move(credentials), world.random()));
  gateway_->command([&](gateway::Gateway& gateway, Instant now) { gateway.handle_addresses(now, wan.addresses()); });
  return *gateway_;
}

void RolesWorld::connect() {
  start_gateway();
  start_client();
  run_until(client::State::Connected);
  world.run_for(1s);
}

bool RolesWorld::ping() {
  const auto info = client_->role().session();
  if (!info.ike_sa || !info.ike_sa->lease) return false;
  const IpAddress inner = *info.ike_sa->lease->ipv4;
  const IpAddress server = IpAddress::v4(192, 168, 10, 2);
  const std::size_t at_gateway = gateway_->received().size();
  const std::size_t at_client = client_->received().size();
  client_->send(inner_packet(inner, server));
  if (!world.run_until([&] { return gateway_->received().size() > at_gateway; }, 1s)) return false;
  gateway_->send(inner_packet(server, inner));
  return world.run_until([&] { return client_->received().size() > at_client; }, 1s);
}

}  // namespace agilevpn::roles
