#include "sim/pair.h"

#include "sim/agreement.h"
#include "sim/require.h"

namespace agilevpn::sim {

namespace {

const IpAddress nat_address = IpAddress::v4(203, 0, 113, 1);
constexpr int steps_max = 1'000'000;  // A run that needs more turns in circles.

EndpointHostOptions host_options(const PairOptions& options, bool is_client) {
  const char* const identity = is_client ? "anna@example.org" : "vpn.example.org";
  ike::EndpointConfig config = is_client ? options.client : options.gateway;
  config.logs_keys = true;
  return {.name = is_client ? "client" : "gateway",
          .config = std::move(config),
          .credentials = options.auth == PairOptions::Auth::Psk
                             ? Credentials::with_psk(identity)
                             : Credentials::with_certificate(identity, options.key_type),
          .ts_local = {TrafficSelector::everything(Family::V4), TrafficSelector::everything(Family::V6)}};
}

}  // namespace

std::optional<ike::wire::Header> Datagram::header() const {
  const auto decoded = ike::wire::decode_header(octets);
  return decoded ? std::optional{*decoded} : std::nullopt;
}

Pair::Pair(PairOptions options)
    : client_addresses{IpAddress::v4(10, 0, 1, 2)},
      gateway_addresses{IpAddress::v4(10, 0, 2, 1)},
      options_(std::move(options)),
      wire_random_(options_.seed * 3),
      client_random_(options_.seed * 3 + 1),
      gateway_random_(options_.seed * 3 + 2),
      client(host_options(options_, true), client_random_, now_,
             [this](EndpointHost& from, ike::Transmit transmit) { send(from, std::move(transmit)); }),
      gateway(host_options(options_, false), gateway_random_, now_,
              [this](EndpointHost& from, ike::Transmit transmit) { send(from, std::move(transmit)); }) {}

Pair::Pair(PairOptions options, Established) : Pair(std::move(options)) {
  start();
  const auto is_up = [](const EndpointHost& host) { return host.has_ike_sa() && host.ike_sa().is_established; };
  require(run_until([&] { return is_up(client) && is_up(gateway) && is_idle(); }), "the session is not established");
  require(disagreements().empty(), "the two ends do not agree after the handshake");
}

ike::ConnectRequest Pair::connect_request() const {
  const Credentials& credentials = client.options().credentials;
  return {.path = {{*client_addresses.begin(), ike_port}, {*gateway_addresses.begin(), ike_port}},
          .local = credentials.identity,
          .remote = ike::wire::Identity::parse("vpn.example.org"),
          .auth = credentials.local_auth(),
          .authorities = credentials.trust().authorities(),
          .policy = options_.client.policy,
          .ts_local = {TrafficSelector::everything(Family::V4), TrafficSelector::everything(Family::V6)},
          .ts_remote = {TrafficSelector::everything(Family::V4), TrafficSelector::everything(Family::V6)}};
}

void Pair::run_until_idle() {
  for (int steps = 0; !in_flight_.empty(); ++steps) {
    require(steps < steps_max, "the run turns in circles");
    step(in_flight_.begin()->first.first);
  }
}

void Pair::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

bool Pair::run_until(const std::function<bool()>& condition, Duration at_most) {
  const Instant end = now_ + at_most;
  for (int steps = 0; !condition(); ++steps) {
    require(steps < steps_max, "the run turns in circles");
    if (!step(end)) {
      now_ = end;
      return condition();
    }
  }
  return true;
}

// The next thing that happens, if it happens by `limit`.
bool Pair::step(Instant limit) {
  Instant next = Instant::max();
  if (!in_flight_.empty()) next = in_flight_.begin()->first.first;
  const auto client_due = client.poll_timeout().value_or(Instant::max());
  const auto gateway_due = gateway.poll_timeout().value_or(Instant::max());
  if (const Instant due = std::min(client_due, gateway_due); due < next) {
    if (due > limit) return false;
    now_ = std::max(now_, due);
    (client_due <= gateway_due ? client : gateway).handle_timeout();
    return true;
  }
  if (next > limit || in_flight_.empty()) return false;
  deliver_next();
  return true;
}

void Pair::deliver_next() {
  require(!in_flight_.empty(), "nothing is in flight");
  now_ = std::max(now_, in_flight_.begin()->first.first);
  deliver(take_next());
}

Datagram Pair::take_next() {
  require(!in_flight_.empty(), "nothing is in flight");
  Datagram datagram = std::move(in_flight_.begin()->second);
  in_flight_.erase(in_flight_.begin());
  return datagram;
}

void Pair::inject(const Path& path, ByteView octets) {
  Path inside = path;
  if (options_.nat && path.local.address == nat_address) {
    const auto mapping =
        std::ranges::find_if(nat_mappings_, [&](const auto& entry) { return entry.second == path.local.port; });
    if (mapping == nat_mappings_.end()) return;
    inside.local = mapping->first;
  }
  if (client_addresses.contains(inside.local.address)) client.handle_datagram(inside, octets);
  if (gateway_addresses.contains(inside.local.address)) gateway.handle_datagram(inside, octets);
}

const Datagram& Pair::last_from(const EndpointHost& host) const {
  const auto found =
      std::ranges::find_if(sent_.rbegin(), sent_.rend(), [&](const Datagram& one) { return one.from == &host; });
  require(found != sent_.rend(), host.name() + " has sent nothing");
  return *found;
}

void Pair::send(EndpointHost& from, ike::Transmit transmit) {
  Path path = transmit.path;
  if (!(&from == &client ? client_addresses : gateway_addresses).contains(path.local.address)) return;
  if (options_.nat && &from == &client) translate(path);
  fly({sent_count_++, &from, {path.peer, path.local, path.interface}, std::move(transmit.datagram)});
}

void Pair::fly(Datagram datagram) {
  sent_.push_back(datagram);
  if (losing_ > 0) {
    --losing_;
    return;
  }
  if (drops && drops(datagram)) return;
  for (const Instant arrival : options_.link.arrivals(now_, datagram.octets.size(), wire_random_))
    in_flight_.emplace(std::pair{arrival, flight_count_++}, datagram);
}

void Pair::translate(Path& path) {
  const auto [mapping, is_new] = nat_mappings_.try_emplace(path.local, next_nat_port_);
  if (is_new) ++next_nat_port_;
  path.local = {nat_address, mapping->second};
}

void Pair::forget_nat_mappings() { nat_mappings_.clear(); }

Path Pair::client_path(std::string_view local, std::string_view peer) const {
  const auto address = [](std::string_view text, const std::set<IpAddress>& own) {
    return text.empty() ? *own.begin() : *IpAddress::parse(text);
  };
  return {{address(local, client_addresses), nat_traversal_port},
          {address(peer, gateway_addresses), nat_traversal_port}};
}

std::vector<std::string> Pair::disagreements() const { return sim::disagreements(client, gateway); }

}  // namespace agilevpn::sim
