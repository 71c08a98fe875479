#include "gateway/accountant.h"

#include <utility>

#include "base/timers.h"

namespace agilevpn::gateway {

namespace {

radius::AccountedUse use_of(Instant now, const Session& session) {
  return {.time = std::chrono::floor<std::chrono::seconds>(now - session.since),
          .input_octets = session.traffic.bytes_in(),
          .output_octets = session.traffic.bytes_out(),
          .input_packets = session.traffic.packets_in(),
          .output_packets = session.traffic.packets_out()};
}

}  // namespace

radius::AcctTerminateCause terminate_cause(ike::IkeSaClosed::Reason reason) {
  using Reason = ike::IkeSaClosed::Reason;
  using Cause = radius::AcctTerminateCause;
  switch (reason) {
    case Reason::ByPeer: return Cause::UserRequest;
    case Reason::NoAnswer: return Cause::LostCarrier;
    case Reason::Replaced: return Cause::PortPreempted;
    case Reason::ByUs: return Cause::NasRequest;
    case Reason::Expired: return Cause::SessionTimeout;
    case Reason::AuthenticationFailed:
    case Reason::Refused: return Cause::UserError;
    case Reason::InternalError: return Cause::NasError;
  }
  return Cause::NasError;
}

void Accountant::begin(Instant now, WallTime date) {
  if (!std::exchange(has_begun_, true)) radius_.on(now, date);
}

void Accountant::end(Instant now, WallTime date) {
  if (!std::exchange(has_ended_, true)) radius_.off(now, date);
}

void Accountant::start(Instant now, WallTime date, ike::IkeSaId id, const Session& session) {
  radius_.start(now, date, describe(session));
  schedule(now, id, session);
}

void Accountant::stand(Instant now, WallTime date, const Session& session) {
  radius_.stand(date, describe(session), use_of(now, session));
}

void Accountant::interim(Instant now, WallTime date, ike::IkeSaId id, const Session& session) {
  radius_.interim(now, date, describe(session), use_of(now, session));
  schedule(now, id, session);
}

void Accountant::stop(Instant now, WallTime date, ike::IkeSaId id, const Session& session,
                      radius::AcctTerminateCause cause) {
  unschedule(id);
  radius_.stop(now, date, describe(session), use_of(now, session), cause);
}

std::vector<ike::IkeSaId> Accountant::take_due(Instant now) {
  std::vector<ike::IkeSaId> due;
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    due.push_back(by_due_.begin()->second);
    unschedule(due.back());
  }
  return due;
}

std::optional<Instant> Accountant::poll_timeout() const {
  std::optional<Instant> next = radius_.poll_timeout();
  if (!by_due_.empty()) take_earlier(next, by_due_.begin()->first);
  return next;
}

Duration Accountant::interval_of(const Session& session) const {
  return session.interim_interval > Duration{0} ? session.interim_interval : interim_interval_;
}

void Accountant::schedule(Instant now, ike::IkeSaId id, const Session& session) {
  unschedule(id);
  const Duration interval = interval_of(session);
  if (interval <= Duration{0}) return;
  due_[id] = now + interval;
  by_due_.emplace(now + interval, id);
}

void Accountant::unschedule(ike::IkeSaId id) {
  if (const auto due = due_.extract(id)) by_due_.erase({due.mapped(), id});
}

radius::AccountedSession Accountant::describe(const Session& session) const {
  radius::AccountedSession accounted{
      .session_id = session.accounting_id,
      .user_name = session.peer.to_string(),
      .classes = session.classes,
      .called_station = called_station_,
      .calling_station = session.path.peer.address.to_string(),
      .port_id = session.rule->name,
      .framed_ip = {},
      .framed_ipv6 = {},
      .framed_ipv6_prefix = {},
      .authentic = session.is_by_radius ? radius::AcctAuthentic::Radius : radius::AcctAuthentic::Local};
  if (!session.lease) return accounted;
  accounted.framed_ip = session.lease->ipv4;
  if (session.lease->ipv6) accounted.framed_ipv6 = session.lease->ipv6->address;
  return accounted;
}

}  // namespace agilevpn::gateway
