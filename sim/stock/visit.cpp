#include "sim/stock/visit.h"

#include <fmt/format.h>

#include <iterator>

#include "esp/ip_packet.h"
#include "esp/sample_packet.h"
#include "ike/policy.h"
#include "sim/require.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;

namespace {

constexpr const char* name_of_laptop = "laptop@example.org";
const IpAddress server = IpAddress::v4(10, 99, 0, 1);
constexpr Duration awakening = 2min;  // By then it is back.

Site site_of(const VisitOptions& options) {
  return {.name = name_of_gateway,
          .key = options.key,
          .passwords = {{"anna", "secret"}},
          .mschap = loaded_mschap(),
          .pool_v4 = *IpPrefix::parse("10.66.0.0/24"),
          .pool_v6 = *IpPrefix::parse("fd00:66::/64"),
          .common = {.dns = options.dns,
                     .nbns = {IpAddress::v4(10, 99, 0, 44)},
                     .servers = {inner_v4_of_gateway, *IpAddress::parse("fd00:66::1")}}};
}

}  // namespace

Visit::Visit(GatewayKind what, VisitOptions options)
    : kind(std::move(what)), profile(profile_of(options)), world(options.seed), dice_(options.seed) {
  gateway_host.add_interface(world.add_segment({.name = "datacenter", .v4 = IpPrefix::parse("192.0.2.0/24")}));
  gateway.emplace(gateway_host, kind, site_of(options), world.random());
  gateway->on_packet = [this](ByteView packet) { handle_inner(packet); };
  add_networks();
  const auto own = Credentials::with_certificate(name_of_laptop, options.key);
  client.emplace(laptop, std::make_unique<client::Connection>(profile_of(options), own.trust(), world.random()));
  client->report_interval = 10s;
  client->resolve = [this](const std::string&) { return gateway_host.interface(0).addresses(); };
  client->on_packet = [this](const DataPlane::Opened&) { ++answers; };
  client->on_event = [this](const client::Event& event) {
    if (on_event) on_event(event);
    const auto* engine = std::get_if<ike::Event>(&event);
    if (engine && std::holds_alternative<ike::IkeSaEstablished>(*engine)) ++logins;
  };
}

client::Profile Visit::profile_of(const VisitOptions& options) const {
  client::Profile made{.name = "office",
                       .gateway = name_of_gateway,
                       .local = wire::Identity::parse(name_of_laptop),
                       .auth = ike::EapAuth{}};
  if (options.is_machine)
    made.auth = Credentials::with_certificate(name_of_laptop, options.key).local_auth();
  else
    made.eap = client::EapLogin{.user = "anna",
                                .anonymous = {},
                                .methods = options.methods.empty() ? kind.methods : options.methods,
                                .password = Secret{to_bytes(options.password)},
                                .mschap = loaded_mschap()};
  if (made.eap && options.methods.empty()) std::ranges::copy(kind.inside_peap, std::back_inserter(made.eap->methods));
  made.policy = *ike::find_policy(options.policy.empty() ? kind.kind.policy : options.policy);
  made.settings = options.settings;
  return made;
}

void Visit::add_networks() {
  const auto add = [this](const SegmentOptions& options) -> Interface& {
    return laptop.add_interface(world.add_segment(options));
  };
  add({.name = "home",
       .v4 = IpPrefix::parse("192.168.1.0/24"),
       .nat = NatOptions{.outside = IpAddress::v4(198, 51, 100, 9)}});
  add({.name = "office", .v4 = IpPrefix::parse("203.0.113.0/24")}).unplug();
  add({.name = "mobile",
       .v4 = IpPrefix::parse("10.128.0.0/16"),
       .uplink = {.latency = 40ms},
       .nat = NatOptions{.outside = IpAddress::v4(198, 51, 100, 10), .is_endpoint_dependent = true}})
      .unplug();
}

// A server inside answers; the gateway's own octets and what goes to the name server do not come back.
void Visit::handle_inner(ByteView packet) {
  const auto ip = esp::IpPacket::decode(packet);
  if (!ip) return;
  const auto& ends = ip->selectors;
  if (ends.destination == server)
    gateway->send(esp::SamplePacket{.source = ends.destination, .destination = ends.source}.build());
  else
    octets.push_back(world.now());
}

void Visit::begin() {
  client->command([](client::Connection& connection, Instant now) { connection.up(now); });
  world.run_for(10s);
}

// ---- Its user

void Visit::move(Place to, Duration without_network) {
  laptop.interface(static_cast<std::size_t>(place_)).unplug();
  place_ = to;
  world.run_for(without_network);
  laptop.interface(static_cast<std::size_t>(to)).plug();
  world.run_for(30s);
}

// Who sleeps sends nothing inside: what its gateway ends meanwhile is no fault.
void Visit::nap(Duration duration) {
  note_endings();
  laptop.sleep();
  world.run_for(duration);
  laptop.wake();
  world.run_for(awakening);
  seen_endings_ = gateway->endings().size();
}

void Visit::note_endings() {
  for (; seen_endings_ < gateway->endings().size(); ++seen_endings_) {
    const Drop& ending = gateway->endings()[seen_endings_];
    complaints_.push_back(fmt::format("hour {}: a session ended: {}", (ending.when - Instant{}) / 1h, ending.reason));
  }
}

std::uint64_t Visit::pings_answered(std::size_t count, std::size_t size) {
  const auto before = answers;
  for (std::size_t i = 0; i < count; ++i) {
    const auto info = session();
    if (!info.ike_sa || !info.ike_sa->lease) break;
    ++pings;
    client->send(
        esp::SamplePacket{.source = *info.ike_sa->lease->ipv4, .destination = server, .payload = Bytes(size)}.build());
    world.run_for(20ms);
  }
  world.run_for(1s);
  return answers - before;
}

// ---- Life

void Visit::expect_answer() {
  if (pings_answered() == 0)
    complaints_.push_back(
        fmt::format("hour {}: no answer to what it sent: {}", (world.now() - Instant{}) / 1h, session().reason));
}

void Visit::work(std::size_t minutes) {
  for (std::size_t i = 0; i < minutes; ++i) {
    expect_answer();
    world.run_for(59s);
  }
}

void Visit::live_an_hour() {
  switch (dice_.below(8)) {
    case 0: nap(1min + dice_.jitter(20min)); break;
    case 1:
    case 2: move(Place{dice_.below(static_cast<std::size_t>(Place::Count))}, 1s + dice_.jitter(30s)); break;
    case 3: pings_answered(10, 60000); break;
    case 4: work(60); break;
    default: world.run_for(1h); break;
  }
  expect_answer();
}

void Visit::live(Duration duration) {
  const Instant end = world.now() + duration;
  for (int hour = 1; world.now() < end; ++hour) {
    live_an_hour();
    if (hour % 17 == 0) nap(7h);
  }
}

std::vector<std::string> Visit::complaints() {
  note_endings();
  std::vector<std::string> all = complaints_;
  std::ranges::copy(gateway->refused(), std::back_inserter(all));
  std::ranges::copy(gateway->mistakes(), std::back_inserter(all));
  std::ranges::copy(client->data_plane().mistakes(), std::back_inserter(all));
  return all;
}

Played play_visits(const Plan& plan) {
  const GatewayKind* kind = find_gateway_kind(plan.kind);
  require(kind != nullptr, "there is no gateway " + plan.kind);
  Played played;
  for (std::size_t i = 0; i < plan.count; ++i) {
    Visit visit{*kind, {.seed = plan.seed + i}};
    visit.begin();
    visit.live(plan.duration);
    const auto seen = visit.gateway->counts();
    played.counts += Session::Counts{.child_rekeys = seen.peer_child_rekeys,
                                     .ike_rekeys = seen.peer_ike_rekeys,
                                     .peer_child_rekeys = seen.child_rekeys,
                                     .peer_ike_rekeys = seen.ike_rekeys,
                                     .moves = seen.moves};
    ++played.clients;
    played.logins += visit.logins;
    played.pings += visit.pings;
    played.answers += visit.answers;
    std::ranges::move(visit.complaints(), std::back_inserter(played.complaints));
  }
  return played;
}

}  // namespace agilevpn::sim::stock
