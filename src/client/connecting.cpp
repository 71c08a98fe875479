// How a session comes to be, and how it ends.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/core.h"
#include "ike/configuration.h"

namespace agilevpn::client {

namespace {

// Too many to name: an empty list asks for whatever certificate there is (RFC 4945 §3.2.7.2).
std::vector<Bytes> requested_authorities(const ike::Credentials& credentials) {
  auto all = credentials.authorities();
  if (all.size() > limits::authorities_max) return {Bytes{}};
  return all;
}

using ike::wire::NotifyType;

std::string why_no_child_sa(const ike::ExchangeRefused& fact) {
  const std::string said = fmt::format("{}: {}", fact.reason, ike::wire::to_string(fact.notify));
  if (!fact.by_peer) return said;
  switch (fact.notify) {
    case NotifyType::NoProposalChosen:
      return said + "; it takes none of our ESP algorithms: allow one of its own in `esp`";
    case NotifyType::TsUnacceptable: return said + "; it leads to none of our `routes`: ask for some that it has";
    case NotifyType::InternalAddressFailure:
    case NotifyType::FailedCpRequired: return said + "; it has no inner address for us: its pool may be used up";
    default: return said;
  }
}

// What may be otherwise in a moment.
bool is_temporary(NotifyType refusal) {
  return refusal == NotifyType::InternalAddressFailure || refusal == NotifyType::TemporaryFailure ||
         refusal == NotifyType::NoAdditionalSas;
}

TrafficSelectors selectors_of(const std::vector<IpPrefix>& routes) {
  TrafficSelectors selectors;
  for (const IpPrefix& route : routes) selectors.push_back(TrafficSelector::of(route));
  return selectors;
}

}  // namespace

void Connection::Core::up(Instant now) {
  if (phase == Phase::Up) return hurry(now);
  phase = Phase::Up;
  reason.clear();
  was_connected = false;
  attempts.reset();
  reconnect_pause = limits::reconnect_first;
  timers[Timer::Outage] = now + profile.mobility.outage_time;
  tell_state(now);
  resolve(now);
  connect(now);
}

void Connection::Core::change_login(Instant now, const Profile& as, ike::Credentials fresh) {
  abandon_attempt(now);
  const auto user_of = [](const Profile& one) { return one.eap ? one.eap->user : std::string{}; };
  if (as.local != profile.local || user_of(as) != user_of(profile)) ticket.reset();  // It is the former user's.
  profile.local = as.local;
  profile.auth = ike::copy_of(as.auth);
  profile.eap = as.eap ? std::optional{as.eap->copy()} : std::nullopt;
  credentials = std::move(fresh);
  hurry(now);
}

void Connection::Core::hurry(Instant now) {
  if (session) return manager.hurry(now);
  if (attempt) return;
  attempts.reset();
  if (resolved.empty()) resolve(now);
  connect_at_once(now);
}

void Connection::Core::resolve(Instant now) {
  const auto address = IpAddress::parse(profile.gateway);
  if (address) return handle_resolved(now, {*address}, {});
  wanted_name = profile.gateway;
  timers[Timer::Lookup] = now + limits::lookup_patience;
}

void Connection::Core::handle_resolved(Instant now, std::vector<IpAddress> addresses, const std::string& why_not) {
  if (phase != Phase::Up) return;
  timers.stop({Timer::Lookup});
  if (!addresses.empty()) {
    resolved = std::move(addresses);
    tell_gateways(now);
    return connect(now);
  }
  timers[Timer::Resolve] = now + limits::resolve_retry;
  if (session || !resolved.empty()) return;  // The addresses that it had may still do.
  reason = fmt::format("{} does not resolve: {}", profile.gateway, why_not);
  events.push_back(ConnectFailed{reason, limits::resolve_retry, ConnectFailed::Cause::NotResolved, {}});
}

// Every address the gateway is known by, those that the user means first; without the one in use if the gateway says
// that it has left it. While it is silent, what it said last may be old news and its name may mean that address again.
std::vector<IpAddress> Connection::Core::gateways() const {
  std::vector<IpAddress> all = resolved;
  for (const IpAddress& address : announced) {
    if (std::ranges::find(all, address) == all.end()) all.push_back(address);
  }
  if (!session || !manager.path()) return all;
  const IpAddress& in_use = manager.path()->peer.address;
  const bool has_left = has_announced && std::ranges::find(announced, in_use) == announced.end();
  if (has_left && manager.state() == mobility::State::Connected)
    std::erase(all, in_use);
  else if (!has_left && std::ranges::find(all, in_use) == all.end())
    all.push_back(in_use);
  return all;
}

void Connection::Core::tell_gateways(Instant now) { manager.handle_gateway_addresses(now, gateways()); }

void Connection::Core::connect(Instant now) {
  if (phase != Phase::Up || session || attempt || timers[Timer::Reconnect]) return;
  const auto candidate = attempts.next(manager.candidates(now));
  if (!candidate) {
    if (!resolved.empty()) reason = "no network leads to " + profile.gateway;
    return;
  }
  drop_login();
  attempt = begin(now, candidate->path, may_resume(now));
  timers[Timer::Attempt] = now + attempts.patience();
  events.push_back(ConnectStarted{attempt->path, candidate->link});
}

// Who waits for it hears of it once, when every way was tried.
void Connection::Core::note_silence(Instant now) {
  if (!attempts.were_all_tried(manager.candidates(now))) return;
  std::string silence = profile.gateway + " does not answer";
  if (reason == silence) return;
  reason = std::move(silence);
  events.push_back(GatewaySilent{reason});
}

void Connection::Core::connect_at_once(Instant now) {
  timers.stop({Timer::Reconnect});
  connect(now);
}

bool Connection::Core::may_resume(Instant now) const {
  return profile.resumes && has_ticket(now) && unanswered_resumptions < limits::resumptions_in_vain;
}

// Nobody is there, as a rule. But a gateway that knows no tickets any more is silent too, and must be logged in to.
void Connection::Core::note_unanswered_resumption() {
  if (!attempt->resumes) return static_cast<void>(unanswered_resumptions = 0);
  ++unanswered_resumptions;
  if (is_gateway_there) ticket.reset();
}

void Connection::Core::let_go(Instant now, ike::IkeSaId ike_sa) {
  if (has_ticket(now)) return endpoint.abandon(now, ike_sa);
  endpoint.close(now, ike_sa);
}

Connection::Core::Attempt Connection::Core::begin(Instant now, Path path, bool resumes) {
  // From the start: one socket serves, and the first NAT mapping lasts (RFC 7296 §2.23 allows it).
  path.local.port = path.peer.port = nat_traversal_port;
  ike::ConnectRequest request{.path = path,
                              .local = profile.local,
                              .remote = profile.expected_gateway(),
                              .auth = ike::copy_of(profile.auth),
                              .authorities = requested_authorities(credentials),
                              .policy = profile.policy};
  request.requests_ipv4 = profile.requests_ipv4;
  request.requests_ipv6 = profile.requests_ipv6;
  request.former_lease = former_lease;
  request.is_initial_contact = profile.is_only_device;
  request.wants_ticket = profile.resumes;
  if (resumes) request.ticket = ticket->copy();
  if (profile.requests_ipv4) request.ts_local.push_back(TrafficSelector::everything(Family::V4));
  if (profile.requests_ipv6) request.ts_local.push_back(TrafficSelector::everything(Family::V6));
  request.ts_remote = selectors_of(profile.routes);
  return {endpoint.connect(now, std::move(request)), path, resumes};
}

void Connection::Core::drop_login() {
  login.reset();
  login_ask.reset();
  question.reset();
  timers.stop({Timer::Question});
}

void Connection::Core::abandon_attempt(Instant now) {
  drop_login();
  timers.stop({Timer::Attempt});
  if (attempt) endpoint.close(now, std::exchange(attempt, std::nullopt)->ike_sa);
}

// The gateway answered, and not as we like, or our own checks refused it. Trying again what was refused is of no use,
// unless it has worked before.
void Connection::Core::fail_attempt(Instant now, const ike::IkeSaClosed& fact) {
  using Reason = ike::IkeSaClosed::Reason;
  const bool is_refused = fact.reason == Reason::AuthenticationFailed || fact.reason == Reason::Refused;
  ConnectFailed failed{.reason = fact.detail, .retry_in = {}};
  if (login && login->was_password_refused()) failed.cause = ConnectFailed::Cause::Password;
  if (refusal)
    failed = {std::move(refusal->reason),
              {},
              ConnectFailed::Cause::Gateway,
              std::move(refusal->certificate),
              refusal->is_inside_eap};
  refusal.reset();
  fail_attempt(now, std::move(failed), is_refused);
}

void Connection::Core::fail_attempt(Instant now, ConnectFailed failed, bool is_final) {
  attempt.reset();
  drop_login();
  timers.stop({Timer::Attempt});
  reason = failed.reason;
  const bool is_over = is_final && !was_connected;
  if (!is_over) failed.retry_in = reconnect_pause;
  events.push_back(std::move(failed));
  if (is_over) return fail(now, reason);
  pause(now);
}

// The engine itself repeats what TEMPORARY_FAILURE refused (RFC 7296 §2.25).
void Connection::Core::refuse_child_sa(Instant now, const ike::ExchangeRefused& fact) {
  if (attempt && fact.ike_sa == attempt->ike_sa) {
    endpoint.close(now, fact.ike_sa);
    return fail_attempt(now, {.reason = why_no_child_sa(fact), .retry_in = {}}, !is_temporary(fact.notify));
  }
  if (!is_session(fact.ike_sa) || fact.exchange != ike::wire::ExchangeType::CreateChildSa) return;
  if (++session->child_sa_refusals >= limits::child_sa_refusals) {
    endpoint.close(now, fact.ike_sa);
    return lose_session(now, why_no_child_sa(fact));
  }
  if (fact.notify != NotifyType::TemporaryFailure)
    timers[Timer::ChildSa] = now + limits::child_sa_retry * (1 << (session->child_sa_refusals - 1));
}

// If the session has none.
void Connection::Core::create_child_sa(Instant now) {
  const auto info = endpoint.find(session->ike_sa);
  if (!info || !info->is_established || !info->child_sas.empty()) return;
  endpoint.create_child_sa(now, session->ike_sa, ike::selectors_of(info->lease.value_or(ike::Lease{})),
                           selectors_of(profile.routes));
}

void Connection::Core::lose_session(Instant now, std::string why) {
  if (now - session->since >= limits::lasting_session) reconnect_pause = limits::reconnect_first;
  session.reset();
  asleep_on.reset();
  has_announced = false;
  revival.reset();
  announced.clear();
  stop_probing(now);
  timers.stop({Timer::Keepalive, Timer::Idle, Timer::ChildSa});
  timers[Timer::Outage] = now + profile.mobility.outage_time;
  reason = std::move(why);
  manager.handle_disconnected(now, reason);
  attempts.reset();
  pause(now);
  resolve(now);
}

void Connection::Core::pause(Instant now) {
  timers[Timer::Reconnect] = now + reconnect_pause;
  reconnect_pause = std::min<Duration>(reconnect_pause * 2, limits::reconnect_longest);
}

void Connection::Core::fail(Instant now, std::string why) {
  leave(now);
  phase = Phase::Failed;
  reason = std::move(why);
}

void Connection::Core::down(Instant now) {
  if (phase == Phase::Off) return;
  ticket.reset();  // Whoever comes next logs in.
  leave(now);
  phase = Phase::Off;
  reason.clear();
}

void Connection::Core::leave(Instant now) {
  abandon_attempt(now);
  stop_probing(now);
  if (session) let_go(now, std::exchange(session, std::nullopt)->ike_sa);
  asleep_on.reset();
  has_announced = false;
  revival.reset();
  announced.clear();
  resolved.clear();
  wanted_name.reset();
  former_lease.reset();
  timers.stop_all();
  manager.handle_disconnected(now, {});
}

}  // namespace agilevpn::client
