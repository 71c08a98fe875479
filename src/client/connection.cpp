#include "client/connection.h"

#include "base/check.h"
#include "base/pop.h"
#include "client/core.h"

namespace agilevpn::client {

Connection::Connection(Profile profile, ike::Credentials credentials, Random& random)
    : core_(std::make_unique<Core>(std::move(profile), std::move(credentials), random)) {}
Connection::~Connection() = default;

void Connection::handle_wall_time(Instant now, WallTime wall_time) {
  core_->calendar.set(now, wall_time);
  if (core_->told_at == Instant{}) core_->told_at = now;  // Off since then.
}

void Connection::handle_network(Instant now, mobility::Network network) {
  core_->handle_network(now, std::move(network));
  core_->settle(now);
}

void Connection::handle_resolved(Instant now, std::vector<IpAddress> addresses, std::string reason) {
  core_->handle_resolved(now, std::move(addresses), reason);
  core_->settle(now);
}

void Connection::handle_datagram(Instant now, const Path& path, ByteView datagram) {
  if (core_->is_for_probe(datagram)) return core_->handle_probe_answer(now);
  core_->endpoint.handle_datagram(now, path, datagram);
  core_->settle(now);
}

void Connection::handle_traffic(Instant now, const ike::TrafficReport& report) {
  core_->handle_traffic(now, report);
  core_->settle(now);
}

void Connection::handle_answer(Instant now, ike::AskId ask, ike::Answer answer) {
  core_->endpoint.handle_answer(now, ask, std::move(answer));
  core_->settle(now);
}

void Connection::handle_revocation(Instant now, ike::AskId ask, const ike::RevocationAnswer& answer) {
  core_->handle_revocation(now, ask, answer);
  core_->settle(now);
}

void Connection::handle_user(Instant now, Secret answer) {
  core_->handle_user(now, std::move(answer));
  core_->settle(now);
}

void Connection::handle_timeout(Instant now) {
  core_->handle_timeout(now);
  core_->settle(now);
}

void Connection::identify(ike::CertificateAuth auth, ike::wire::Identity local) {
  core_->profile.auth = std::move(auth);
  core_->profile.local = std::move(local);
}

void Connection::change_password(Secret password) {
  CHECK(core_->profile.eap);
  core_->profile.eap->password = std::move(password);
}

bool Connection::change_login(Instant now, const Profile& as, ike::Credentials credentials) {
  const bool may_change = core_->phase == Core::Phase::Up && !core_->session && !core_->question;
  if (may_change) core_->change_login(now, as, std::move(credentials));
  core_->settle(now);
  return may_change;
}

void Connection::up(Instant now) {
  core_->up(now);
  core_->settle(now);
}

void Connection::down(Instant now) {
  core_->down(now);
  core_->settle(now);
}

void Connection::prefer(Instant now, std::vector<std::string> order) {
  core_->manager.prefer(now, std::move(order));
  core_->settle(now);
}

void Connection::rekey(Instant now) {
  if (core_->session) core_->endpoint.rekey_ike_sa(now, core_->session->ike_sa);
  core_->settle(now);
}

void Connection::rekey_child_sas(Instant now) {
  const auto info = core_->session ? core_->endpoint.find(core_->session->ike_sa) : std::nullopt;
  if (info)
    for (const ike::ChildSaInfo& child : info->child_sas) core_->endpoint.rekey_child_sa(now, child.child);
  core_->settle(now);
}

std::optional<ike::Transmit> Connection::poll_transmit() { return core_->endpoint.poll_transmit(); }
std::optional<ike::SaChange> Connection::poll_sa_change() { return core_->endpoint.poll_sa_change(); }
std::optional<ike::Ask> Connection::poll_ask() { return pop(core_->asks); }
std::optional<ike::RevocationAsk> Connection::poll_revocation_ask() { return pop(core_->revocation_asks); }
std::optional<Event> Connection::poll_event() { return pop(core_->events); }
std::optional<HostChange> Connection::poll_host_change() { return pop(core_->host_changes); }
std::optional<std::string> Connection::poll_resolve() { return std::exchange(core_->wanted_name, std::nullopt); }
std::optional<Path> Connection::poll_keepalive() { return pop(core_->keepalives); }
std::optional<InnerKeepalive> Connection::poll_inner_keepalive() { return pop(core_->inner_keepalives); }
void Connection::log_keys(bool is_wanted) { core_->endpoint.log_keys(is_wanted); }
std::optional<ike::KeyLogEntry> Connection::poll_key_log() { return core_->endpoint.poll_key_log(); }
std::optional<Instant> Connection::poll_timeout() const { return core_->next_timeout(); }

State Connection::state() const { return core_->present_state(); }

bool Connection::is_at_rest() const { return core_->phase != Core::Phase::Up && core_->endpoint.ike_sa_count() == 0; }

SessionInfo Connection::session() const {
  SessionInfo info{.profile = core_->profile.name,
                   .gateway = core_->profile.gateway,
                   .state = core_->present_state(),
                   .state_since = core_->told_at,
                   .reason = core_->present_reason(),
                   .question = core_->question,
                   .gives_up_at = core_->manager.gives_up_at(),
                   .retry_at = core_->timers[Core::Timer::Reconnect],
                   .tunnel = core_->tunnel,
                   .wants_mobike = core_->profile.settings.mobike,
                   .moves = core_->moves.all()};
  if (!core_->session) return info;
  info.ike_sa = core_->endpoint.find(core_->session->ike_sa);
  info.connected_since = core_->session->since;
  info.bytes_in = core_->session->traffic.bytes_in();
  info.bytes_out = core_->session->traffic.bytes_out();
  if (info.state == State::Dormant || !info.ike_sa) return info;
  info.path = info.ike_sa->path;
  info.link = link_name(core_->manager.network(), *info.path);
  info.round_trip = core_->manager.round_trip(*info.path);
  return info;
}

std::vector<mobility::Candidate> Connection::candidates(Instant now) const {
  auto ways = core_->manager.candidates(now);
  const auto in_use = session().path;
  std::ranges::stable_partition(ways,
                                [&](const auto& way) { return in_use && mobility::is_same_way(way.path, *in_use); });
  return ways;
}
const Profile& Connection::profile() const { return core_->profile; }

}  // namespace agilevpn::client
