#include "sim/endpoint_host.h"

#include "base/check.h"

namespace agilevpn::sim {

namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

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
  for (const ike::Ask& ask : std::exchange(asks_, {})) engine_.handle_answer(now_, ask.id, answer(ask));
  pump();
}

void EndpointHost::answer_held_with(ike::Answer answer) {
  CHECK(!asks_.empty());
  const ike::AskId id = asks_.front().id;
  asks_.erase(asks_.begin());
  engine_.handle_answer(now_, id, std::move(answer));
  pump();
}

ike::IkeSaInfo EndpointHost::ike_sa() const {
  const auto all = engine_.ike_sas();
  CHECK(!all.empty());
  return all.front();
}

const ike::InstallChildSa& EndpointHost::child_sa() const {
  CHECK(!child_sas_.empty());
  return child_sas_.rbegin()->second;
}

// Everything the engine says is taken before it is told anything, SA changes before the datagrams that rely on them.
void EndpointHost::pump() {
  for (bool more = true; more;) {
    more = false;
    while (auto change = engine_.poll_sa_change()) apply(*std::move(change));
    while (auto event = engine_.poll_event()) {
      if (const auto* closed = std::get_if<ike::IkeSaClosed>(&*event)) leases_.erase(closed->ike_sa);
      events_.push_back(*std::move(event));
    }
    while (auto transmit = engine_.poll_transmit()) send_(*this, *std::move(transmit));
    while (auto ask = engine_.poll_ask()) {
      if (holds_asks_) {
        asks_.push_back(*std::move(ask));
      } else {
        engine_.handle_answer(now_, ask->id, answer(*ask));
        more = true;
      }
    }
  }
}

void EndpointHost::apply(ike::SaChange change) {
  const auto known = [this](ike::ChildSaId child, const char* what) {
    const auto found = child_sas_.find(child);
    if (found == child_sas_.end()) mistakes_.push_back(name() + ": an unknown Child SA was to be " + what);
    return found;
  };
  std::visit(Overloaded{
                 [&](ike::InstallChildSa& install) {
                   const ike::ChildSaId child = install.child;
                   if (!child_sas_.try_emplace(child, std::move(install)).second)
                     mistakes_.push_back(name() + ": a Child SA was installed twice");
                 },
                 [&](const ike::UseChildSa& use) {
                   if (const auto found = known(use.child, "used"); found != child_sas_.end())
                     found->second.use_outbound = true;
                 },
                 [&](const ike::MoveChildSas& move) {
                   for (auto& [id, child] : child_sas_)
                     if (child.ike_sa == move.ike_sa) child.path = move.path;
                 },
                 [&](const ike::RemoveChildSa& remove) {
                   if (const auto found = known(remove.child, "removed"); found != child_sas_.end()) child_sas_.erase(found);
                 },
             },
             change);
}

ike::Answer EndpointHost::answer(const ike::Ask& ask) {
  return std::visit(Overloaded{
                        [&](const ike::AuthenticatePeer& peer) { return accept(peer); },
                        [&](const ike::Sign& sign) {
                          return std::visit([](auto&& made) -> ike::Answer { return std::move(made); },
                                            options_.credentials.sign(sign));
                        },
                        [&](const ike::AssignAddresses& wish) -> ike::Answer { return assign(wish); },
                    },
                    ask.question);
}

ike::Answer EndpointHost::accept(const ike::AuthenticatePeer& peer) {
  auto key = options_.credentials.verify(peer, now_);
  if (!key) return ike::Refused{.reason = key.error()};
  return ike::PeerAccepted{.key = *std::move(key),
                           .local = options_.credentials.identity,
                           .auth = options_.credentials.local_auth(),
                           .esp = options_.config.policy.esp,
                           .ts_local = options_.ts_local};
}

ike::Lease EndpointHost::assign(const ike::AssignAddresses& wish) {
  std::uint8_t host = 2;
  const auto taken = [&] {
    return std::ranges::any_of(leases_, [&](const auto& lease) { return lease.second.ipv4 == IpAddress::v4(10, 9, 0, host); });
  };
  while (taken()) ++host;
  ike::Lease lease;
  if (wish.wants_ipv4) lease.ipv4 = IpAddress::v4(10, 9, 0, host);
  if (wish.wants_ipv6) lease.ipv6 = IpPrefix{*IpAddress::parse("fd09::")->plus(host), 128};
  leases_[wish.ike_sa] = lease;
  return lease;
}

}  // namespace agilevpn::sim
