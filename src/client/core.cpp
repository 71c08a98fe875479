#include "client/core.h"

#include <algorithm>
#include <utility>

#include "client/tunnel.h"

namespace agilevpn::client {

namespace {

ike::EndpointConfig endpoint_config(const Profile& profile) {
  ike::EndpointConfig config{.policy = profile.policy, .settings = profile.settings, .is_responder = false};
  config.settings.outage = 2 * profile.mobility.outage_time;  // The mobility manager gives up before the engine does.
  return config;
}

bool refuses_path(const ike::ExchangeRefused& fact) {
  return fact.by_peer && std::ranges::find(ike::wire::path_refusals, fact.notify) != std::end(ike::wire::path_refusals);
}

}  // namespace

Connection::Core::Core(Profile profile_, ike::Credentials credentials_, Random& random_)
    : profile(std::move(profile_)),
      credentials(std::move(credentials_)),
      random(random_),
      endpoint(endpoint_config(profile), random),
      manager(profile.mobility),
      revival(profile.settings.retransmit_first) {}

void Connection::Core::settle(Instant now) {
  while (true) {
    if (auto ask = endpoint.poll_ask()) {
      std::visit([&](const auto& asked) { answer(now, ask->id, asked); }, ask->question);
    } else if (const auto event = endpoint.poll_event()) {
      events.push_back(*event);
      std::visit([&](const auto& fact) { note(now, fact); }, *event);
    } else if (const auto decision = manager.poll_decision()) {
      std::visit([&](const auto& one) { carry_out(now, one); }, *decision);
    } else {
      break;
    }
  }
  while (auto given = endpoint.poll_ticket())
    if (is_session(given->ike_sa)) ticket = std::move(*given);
  tell_tunnel();
  tell_state(now);
}

// ---- What the engine says.

void Connection::Core::note(Instant now, const ike::IkeProposalChosen& fact) {
  if (!attempt || fact.ike_sa != attempt->ike_sa) return;
  timers.stop({Timer::Attempt});  // It answered: IKE_AUTH may take its time.
  attempt->round_trip = fact.round_trip;
  if (attempt->resumes || !has_ticket(now)) return;
  // That was all we wanted to know of it: a login follows only if it still does not answer with our ticket.
  is_gateway_there = true;
  unanswered_resumptions = 0;
  abandon_attempt(now);
  attempts.reset();
  connect_at_once(now);
}

// The attempt goes on without it.
void Connection::Core::note(Instant now, const ike::TicketRefused& fact) {
  if (!attempt || fact.ike_sa != attempt->ike_sa) return;
  ticket.reset();
  attempt->resumes = false;
  timers[Timer::Attempt] = now + attempts.patience();
}

void Connection::Core::note(Instant now, const ike::IkeSaEstablished& fact) {
  if (!attempt || fact.ike_sa != attempt->ike_sa) return endpoint.close(now, fact.ike_sa);
  const auto info = endpoint.find(fact.ike_sa);
  if (!info || info->child_sas.empty()) return;  // No tunnel: what says why comes next.
  session = Session{.ike_sa = fact.ike_sa, .since = now, .is_mobike = fact.is_mobike};
  const IpAddress& gateway = fact.path.peer.address;
  if (std::ranges::find(resolved, gateway) == resolved.end())
    resolved.push_back(gateway);  // The name may mean another by now.
  announced = info->peer_additional_addresses;
  const auto round_trip = std::exchange(attempt, std::nullopt)->round_trip;
  attempts.reset();
  unanswered_resumptions = 0;
  is_gateway_there = false;
  drop_login();
  moves.clear();
  was_connected = true;
  timers.stop({Timer::Attempt, Timer::Reconnect, Timer::Outage});
  if (profile.settings.nat_keepalive > Duration{0}) timers[Timer::Keepalive] = now + profile.settings.nat_keepalive;
  manager.handle_connected(now, fact.path, round_trip);
  tell_gateways(now);
}

void Connection::Core::note(Instant now, const ike::PathConfirmed& fact) {
  if (!is_session(fact.ike_sa)) return;
  if (auto moved = moves.confirm(now, fact.path)) events.push_back(*std::move(moved));
  manager.handle_path_confirmed(now, fact.path, fact.round_trip);
  if (manager.state() != mobility::State::Connected) return;
  revival.reset();
  stop_probing(now);
}

void Connection::Core::note(Instant now, const ike::PathUnresponsive& fact) {
  if (!is_session(fact.ike_sa) || fact.attempts < limits::unresponsive_attempts) return;
  manager.handle_path_unresponsive(now, fact.path);
}

void Connection::Core::note(Instant now, const ike::PeerAddressesChanged& fact) {
  if (!is_session(fact.ike_sa)) return;
  announced = fact.additional;
  announced.insert(announced.begin(), fact.in_use);
  has_announced = true;
  tell_gateways(now);
}

void Connection::Core::note(Instant now, const ike::ChildSaEstablished& fact) {
  if (!is_session(fact.ike_sa)) return;
  session->child_sas.insert(fact.child);
  session->child_sa_refusals = 0;
  if (!timers[Timer::Idle]) timers[Timer::Idle] = now + limits::inner_keepalive;  // A rekey is no traffic.
}

// A gateway that deletes the last Child SA and keeps the IKE SA does not mean to end the session: Windows and others do so
// when it is idle. The user wants a tunnel, so we ask for another one.
void Connection::Core::note(Instant now, const ike::ChildSaClosed& fact) {
  if (!is_session(fact.ike_sa)) return;
  session->child_sas.erase(fact.child);
  session->traffic.forget(fact.child);
  if (fact.by_peer) create_child_sa(now);
}

void Connection::Core::note(Instant now, const ike::ExchangeRefused& fact) {
  const auto info = endpoint.find(fact.ike_sa);
  if (!info || !info->is_established) return;
  if (refuses_path(fact)) return manager.handle_path_refused(now, info->path, ike::wire::to_string(fact.notify));
  if (info->child_sas.empty()) refuse_child_sa(now, fact);
}

void Connection::Core::note(Instant now, const ike::IkeSaClosed& fact) {
  if (revival.probe() && fact.ike_sa == revival.probe()->ike_sa) return static_cast<void>(revival.take_probe());
  if (attempt && fact.ike_sa == attempt->ike_sa) return fail_attempt(now, fact);
  if (!is_session(fact.ike_sa)) return;
  // RFC 5723 §6.2: a ticket goes with its IKE SA. Ours says goodbye when it restarts too, and knows for itself which tickets
  // count no more.
  const bool is_deleted = fact.reason == ike::IkeSaClosed::Reason::ByPeer;
  if (is_deleted && ticket && ticket->product.kind != ike::PeerKind::AgileVpn) ticket.reset();
  lose_session(now, fact.detail);
}

// ---- What the mobility manager decides.

void Connection::Core::carry_out(Instant now, const mobility::Switch& decision) {
  move(now, decision.from, decision.to, decision.reason);
}

// Without MOBIKE a request from another address would move the session in the peer's eyes (RFC 7296 §2.23).
void Connection::Core::carry_out(Instant now, const mobility::Probe& decision) {
  if (session->is_mobike) endpoint.check_path(now, session->ike_sa, decision.path);
}

void Connection::Core::carry_out(Instant now, const mobility::GoDormant&) {
  if (is_forgotten(now)) return;
  const auto info = endpoint.find(session->ike_sa);
  if (!asleep_on && info) asleep_on = info->path;
  endpoint.suspend(now, session->ike_sa);
  stop_probing(now);
  if (manager.state() != mobility::State::DormantWaitingToReconnect) return;
  resolve(now);  // The gateway may have another address by now.
  if (manager.state() == mobility::State::DormantWaitingToReconnect) probe_gateway(now);
}

void Connection::Core::carry_out(Instant now, const mobility::Wake& decision) {
  if (!is_forgotten(now)) move(now, asleep_on.value_or(decision.path), decision.path, "awake again");
}

void Connection::Core::carry_out(Instant now, const mobility::GiveUp& decision) { fail(now, decision.reason); }

void Connection::Core::move(Instant now, const Path& from, const Path& to, const std::string& why) {
  if (!session->is_mobike) {
    let_go(now, session->ike_sa);
    lose_session(now, "the gateway cannot move a session (no MOBIKE): " + why);
    return connect_at_once(now);
  }
  if (!mobility::is_same_way(from, to)) events.push_back(moves.begin(now, from, to, manager.network(), why));
  endpoint.move(now, session->ike_sa, to);
}

// ---- Traffic, network and time.

// Packets that open well on a path that we took for dead: it is not.
void Connection::Core::handle_traffic(Instant now, const ike::TrafficReport& report) {
  endpoint.handle_traffic(now, report);
  if (!session || !session->child_sas.contains(report.child)) return;
  if (session->traffic.handle_traffic(report)) timers[Timer::Idle] = now + limits::inner_keepalive;
  if (!report.last_inbound || report.last_inbound <= session->last_inbound) return;
  session->last_inbound = report.last_inbound;
  if (manager.path()) manager.handle_gateway_heard(now, *manager.path());
}

void Connection::Core::handle_network(Instant now, mobility::Network network) {
  manager.handle_network(now, std::move(network));
  if (attempt && !mobility::why_unusable(manager.network(), attempt->path).empty()) abandon_attempt(now);
  connect(now);
}

void Connection::Core::handle_timeout(Instant now) {
  endpoint.handle_timeout(now);
  manager.handle_timeout(now);
  if (timers.take_due(now, Timer::Attempt)) {
    reason = attempt->path.peer.address.to_string() + " does not answer";
    note_unanswered_resumption();
    abandon_attempt(now);
    connect(now);
    resolve(now);  // It may have another by now.
  }
  if (timers.take_due(now, Timer::Reconnect)) connect(now);
  if (timers.take_due(now, Timer::Resolve)) resolve(now);
  if (timers.take_due(now, Timer::Keepalive)) keep_alive(now);
  if (timers.take_due(now, Timer::Idle)) keep_busy(now);
  if (timers.take_due(now, Timer::ChildSa)) create_child_sa(now);
  if (timers.take_due(now, Timer::Question)) leave_question(now);
  if (timers.take_due(now, Timer::Outage)) fail(now, "not connected within the network outage time: " + reason);
}

void Connection::Core::keep_alive(Instant now) {
  timers[Timer::Keepalive] = now + profile.settings.nat_keepalive;
  const auto info = endpoint.find(session->ike_sa);
  const bool is_awake = manager.state() == mobility::State::Connected;
  if (info && info->is_local_behind_nat && is_awake) keepalives.push_back(info->path);
}

void Connection::Core::keep_busy(Instant now) {
  const auto info = endpoint.find(session->ike_sa);
  if (!info || !info->lease || info->product.kind != ike::PeerKind::WindowsServer) return;
  const bool is_awake = manager.state() == mobility::State::Connected;
  timers[Timer::Idle] = now + (is_awake ? limits::inner_keepalive : limits::inner_keepalive_retry);
  if (!is_awake) return;
  if (const auto octet = inner_keepalive(*info)) inner_keepalives.push_back(*octet);
}

std::optional<Instant> Connection::Core::next_timeout() const {
  auto next = endpoint.poll_timeout();
  take_earlier(next, manager.poll_timeout());
  take_earlier(next, timers.first());
  return next;
}

// ---- What the world is told.

// While a lost session is made anew the tunnel stays as it is: nothing leaves in the clear meanwhile.
void Connection::Core::tell_tunnel() {
  if (phase != Phase::Up) {
    if (std::exchange(tunnel, std::nullopt)) host_changes.push_back(TunnelDown{});
    return;
  }
  const auto info = session ? endpoint.find(session->ike_sa) : std::nullopt;
  if (!info || info->child_sas.empty()) return;
  if (info->lease) former_lease = info->lease;
  TunnelUp wanted = make_tunnel(*info, manager.network(), gateways(), profile.routes, profile.networks);
  if (tunnel == wanted) return;
  tunnel = wanted;
  host_changes.push_back(std::move(wanted));
}

void Connection::Core::tell_state(Instant now) {
  const State state = present_state();
  const State former = std::exchange(told_state, state);
  if (former == state) return;
  told_at = now;
  if (state == State::Connected) asleep_on.reset();
  std::optional<Duration> countdown;
  if (const auto at = manager.gives_up_at()) countdown = *at - now;
  events.push_back(StateChanged{former, state, present_reason(), countdown});
}

State Connection::Core::present_state() const {
  if (phase == Phase::Off) return State::Off;
  if (phase == Phase::Failed) return State::Failed;
  switch (manager.state()) {
    case mobility::State::Connecting: return State::Connecting;
    case mobility::State::Connected: return State::Connected;
    case mobility::State::Dormant: return State::Dormant;
    case mobility::State::DormantWaitingToReconnect: return State::DormantWaitingToReconnect;
    case mobility::State::Failed: return State::Failed;
  }
  return State::Failed;
}

std::string Connection::Core::present_reason() const {
  const bool has_session = phase == Phase::Up && manager.state() != mobility::State::Connecting;
  return has_session ? manager.reason() : reason;
}

}  // namespace agilevpn::client
