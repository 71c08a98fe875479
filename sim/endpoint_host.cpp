#include "sim/endpoint_host.h"

#include <algorithm>
#include <utility>

#include "sim/require.h"

namespace agilevpn::sim {

EndpointHost::EndpointHost(EndpointHostOptions options, Random& random, const Instant& now, Send send)
    : options_(std::move(options)), now_(now), send_(std::move(send)), engine_(options_.config, random) {}

void EndpointHost::handle_datagram(const Path& path, ByteView datagram) {
  engine_.handle_datagram(now_, path, datagram);
  pump();
}

void EndpointHost::handle_timeout() {
  engine_.handle_timeout(now_);
  pump();
}

ike::IkeSaId EndpointHost::connect(ike::ConnectRequest request) {
  return command([&](ike::Endpoint& engine, Instant now) { return engine.connect(now, std::move(request)); });
}
void EndpointHost::close() {
  command([&](ike::Endpoint& engine, Instant now) { engine.close(now, ike_sa().ike_sa); });
}
void EndpointHost::rekey_ike_sa() {
  command([&](ike::Endpoint& engine, Instant now) { engine.rekey_ike_sa(now, ike_sa().ike_sa); });
}
void EndpointHost::rekey_child_sa() { rekey_child_sa(child_sa().child); }
void EndpointHost::rekey_child_sa(ike::ChildSaId child) {
  command([&](ike::Endpoint& engine, Instant now) { engine.rekey_child_sa(now, child); });
}
void EndpointHost::create_child_sa(TrafficSelectors ts_local, TrafficSelectors ts_remote) {
  command([&](ike::Endpoint& engine, Instant now) {
    engine.create_child_sa(now, ike_sa().ike_sa, std::move(ts_local), std::move(ts_remote));
  });
}
void EndpointHost::move(const Path& path) {
  command([&](ike::Endpoint& engine, Instant now) { engine.move(now, ike_sa().ike_sa, path); });
}
void EndpointHost::check_path(const Path& path) {
  command([&](ike::Endpoint& engine, Instant now) { engine.check_path(now, ike_sa().ike_sa, path); });
}
void EndpointHost::suspend() {
  command([&](ike::Endpoint& engine, Instant now) { engine.suspend(now, ike_sa().ike_sa); });
}
void EndpointHost::announce_addresses(std::vector<IpAddress> addresses) {
  command([&](ike::Endpoint& engine, Instant now) { engine.announce_addresses(now, std::move(addresses)); });
}
void EndpointHost::report_traffic(const ike::TrafficReport& report) {
  command([&](ike::Endpoint& engine, Instant now) { engine.handle_traffic(now, report); });
}

void EndpointHost::answer_held() {
  holds_asks_ = false;
  for (const ike::Ask& ask : std::exchange(asks_, {}))
    engine_.handle_answer(now_, ask.id,
                          std::visit([this](const auto& question) { return answer(question); }, ask.question));
  pump();
}

void EndpointHost::answer_held_with(ike::Answer answer) {
  require(!asks_.empty(), name() + " has asked nothing");
  const ike::AskId id = asks_.front().id;
  asks_.erase(asks_.begin());
  engine_.handle_answer(now_, id, std::move(answer));
  pump();
}

ike::IkeSaInfo EndpointHost::ike_sa() const {
  const auto all = engine_.ike_sas();
  require(!all.empty(), name() + " has no IKE SA");
  return all.front();
}

const ike::InstallChildSa& EndpointHost::child_sa() const {
  require(!child_sas().empty(), name() + " has no Child SA");
  return child_sas().rbegin()->second;
}

// SA changes are taken before the datagrams that rely on them.
void EndpointHost::pump() {
  for (bool more = true; more;) {
    while (auto change = engine_.poll_sa_change()) data_plane_.apply(*std::move(change));
    while (auto row = engine_.poll_key_log()) key_log_.push_back(*std::move(row));
    while (auto event = engine_.poll_event()) {
      if (const auto* closed = std::get_if<ike::IkeSaClosed>(&*event)) leases_.erase(closed->ike_sa);
      events_.push_back(*std::move(event));
    }
    while (auto transmit = engine_.poll_transmit()) send_(*this, *std::move(transmit));
    while (auto ask = engine_.poll_ask()) asks_.push_back(*std::move(ask));
    more = !holds_asks_ && !asks_.empty();
    if (more) answer_held();
  }
}

ike::Answer EndpointHost::answer(const ike::ContinueEap& eap) {
  return options_.continue_eap ? options_.continue_eap(eap) : ike::Refused{.reason = "no EAP here"};
}

ike::Answer EndpointHost::answer(const ike::AuthenticatePeer& peer) {
  if (peer.uses_eap && options_.start_eap) return options_.start_eap(peer);
  auto key = options_.credentials.verify(peer, calendar(now_));
  if (!key) return ike::Refused{.reason = key.error()};
  return accept(*std::move(key));
}

ike::PeerAccepted EndpointHost::accept(std::variant<crypto::PublicKey, Secret> key) const {
  return {.key = std::move(key),
          .local = options_.credentials.identity,
          .auth = options_.credentials.local_auth(),
          .esp = options_.config.policy.esp,
          .ts_local = options_.ts_local};
}

ike::Answer EndpointHost::answer(const ike::Sign& sign) {
  auto signature = options_.credentials.trust().sign(sign);
  if (!signature) return ike::Refused{.reason = "there is no such key"};
  return *std::move(signature);
}

ike::Answer EndpointHost::answer(const ike::AssignAddresses& wish) {
  std::uint8_t number = 2;
  const auto is_taken = [&](const auto& lease) { return lease.second.ipv4 == IpAddress::v4(10, 9, 0, number); };
  while (std::ranges::any_of(leases_, is_taken)) ++number;
  ike::Lease lease;
  if (wish.wants_ipv4) lease.ipv4 = IpAddress::v4(10, 9, 0, number);
  if (wish.wants_ipv6) lease.ipv6 = IpPrefix{*IpAddress::parse("fd09::")->plus(number), 128};
  if (wish.wants_ipv4 || wish.wants_ipv6) leases_[wish.ike_sa] = lease;
  return ike::Granted{lease, {}};
}

}  // namespace agilevpn::sim
