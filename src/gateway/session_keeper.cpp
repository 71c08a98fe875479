#include "gateway/session_keeper.h"

#include <fmt/format.h>

#include <utility>

#include "base/pop.h"
#include "base/timers.h"
#include "gateway/limits.h"
#include "gateway/parts.h"
#include "gateway/silence.h"

namespace agilevpn::gateway {

namespace {

// Whether somebody meant it to end, so that no ticket brings it back. A restart, a lost path, a device that gave way to
// another one and a session that its client resumed end no login.
bool is_for_good(const Session& session, const ike::IkeSaClosed& fact) {
  using Cause = radius::AcctTerminateCause;
  if (!session.ending) return fact.reason == ike::IkeSaClosed::Reason::ByPeer;
  const Cause cause = session.ending->cause;
  return cause != Cause::NasReboot && cause != Cause::AdminReboot && cause != Cause::PortPreempted &&
         cause != Cause::LostCarrier;
}

}  // namespace

SessionKeeper::SessionKeeper(std::shared_ptr<const Config> config, const ike::Endpoint& engine, Random& random)
    : config_(std::move(config)), engine_(engine), accountant_(make_accountant(*config_, random)) {
  if (speaks_radius(*config_)) accounting_prefix_ = static_cast<std::uint32_t>(random.public_u64());
}

void SessionKeeper::admit(LetIn in) {
  in.session.accounting_id = accounting_id(in.ike_sa);
  table_.admit(in.ike_sa, std::move(in.session));
}

std::string SessionKeeper::accounting_id(ike::IkeSaId id) const {
  return fmt::format("{:08x}-{}", accounting_prefix_, id.value);
}

void SessionKeeper::handle_wall_time(Instant now, WallTime date) {
  if (accountant_) accountant_->begin(now, date);
}

void SessionKeeper::keep_accounting_anew(Instant now, WallTime date) {
  if (!accountant_) return;
  accountant_->radius().keep_anew();
  for (const auto& [id, session] : table_.all())
    if (session.is_established) accountant_->stand(now, date, session);
}

std::optional<Conclusion> SessionKeeper::poll_conclusion() { return pop(conclusions_); }

// ---- What the engine says.

void SessionKeeper::handle_event(Instant now, WallTime date, const ike::Event& event) {
  std::visit([&](const auto& fact) { note(now, date, fact); }, event);
}

void SessionKeeper::note(Instant now, WallTime date, const ike::IkeSaEstablished& fact) {
  Session* session = table_.start(now, fact.ike_sa);
  if (!session) return;
  const auto info = engine_.find(fact.ike_sa);
  session->path = fact.path;
  if (info) session->lease = info->lease;
  say(SessionStarted{fact.ike_sa, fact.peer, session->rule->name, fact.path, session->lease, session->is_resumed,
                     session->logged_in});
  if (accountant_) accountant_->start(now, date, fact.ike_sa, *session);
  conclusions_.emplace_back(UserAsk{fact.ike_sa, NoteLogin{.peer = fact.peer,
                                                           .fingerprint = session->fingerprint,
                                                           .user = session->user_id,
                                                           .device = session->device,
                                                           .from = fact.path.peer.address,
                                                           .failure = {}}});
}

void SessionKeeper::note(Instant now, WallTime date, const ike::PathChanged& fact) {
  resume(now, fact.ike_sa, fact.to);
  Session* session = table_.find(fact.ike_sa);
  if (!session || session->path == fact.to) return;
  session->path = fact.to;
  ++session->moves;
  if (accountant_ && session->is_established) accountant_->interim(now, date, fact.ike_sa, *session);
}

void SessionKeeper::note(Instant now, WallTime, const ike::PathUnresponsive& fact) {
  Session* session = table_.find(fact.ike_sa);
  if (!session || !session->is_established || session->dormant_since || fact.attempts < limits::dormant_attempts)
    return;
  if (!is_silent(engine_, now, fact.ike_sa, limits::dormant_silence)) return;
  session->dormant_since = now;
  say(SessionDormant{fact.ike_sa, session->peer, config_->outage_time});
}

void SessionKeeper::note(Instant now, WallTime date, const ike::IkeSaClosed& fact) {
  const Session* session = table_.remove(fact.ike_sa);
  if (!session) return;
  if (!session->is_established) {
    note_unproved(*session, fact);
    return static_cast<void>(table_.bury(fact.ike_sa));
  }
  if (!session->login_id.empty() && is_for_good(*session, fact))
    conclusions_.emplace_back(EndTickets{fact.ike_sa, session->login_id});
  endings_[fact.ike_sa] = {now, date, session->ending ? session->ending->cause : terminate_cause(fact.reason)};
  say(SessionEnded{.ike_sa = fact.ike_sa,
                   .peer = session->peer,
                   .rule = session->rule->name,
                   .reason = session->ending ? session->ending->why : fact.detail,
                   .duration = now - session->since});
}

// Its certificate or identity was let in, and then it did not prove that they are its own.
void SessionKeeper::note_unproved(const Session& session, const ike::IkeSaClosed& fact) {
  if (session.is_refused || fact.reason != ike::IkeSaClosed::Reason::AuthenticationFailed) return;
  conclusions_.emplace_back(UserAsk{{},
                                    NoteLogin{.peer = session.peer,
                                              .fingerprint = session.fingerprint,
                                              .device = {},
                                              .from = session.from,
                                              .failure = fact.detail}});
}

void SessionKeeper::complete(SessionEnded& fact) {
  const auto ended = endings_.extract(fact.ike_sa);
  const auto session = table_.bury(fact.ike_sa);
  if (!ended || !session) return;
  fact.bytes_in = session->traffic.bytes_in();
  fact.bytes_out = session->traffic.bytes_out();
  if (!accountant_) return;
  const auto [at, date, cause] = ended.mapped();
  accountant_->stop(at, date, fact.ike_sa, *session, cause);
  if (is_over()) accountant_->end(at, date);
}

void SessionKeeper::shut_down(Instant now, WallTime date) {
  is_ending_ = true;
  if (accountant_ && is_over()) accountant_->end(now, date);
}

// ---- Traffic and time.

void SessionKeeper::handle_traffic(Instant now, const ike::TrafficReport& report) {
  const auto id = table_.handle_traffic(now, report);
  const Session* session = id ? table_.find(*id) : nullptr;
  if (!session || !session->dormant_since || !report.last_inbound || *report.last_inbound <= *session->dormant_since)
    return;
  const auto info = engine_.find(*id);
  resume(*report.last_inbound, *id, info ? info->path : Path{});
}

void SessionKeeper::resume(Instant now, ike::IkeSaId id, const Path& path) {
  Session* session = table_.find(id);
  if (!session) return;
  if (const auto since = std::exchange(session->dormant_since, std::nullopt))
    say(SessionResumed{id, session->peer, path, now - *since});
}

void SessionKeeper::handle_timeout(Instant now, WallTime date) {
  close_due(now);
  account_due(now, date);
}

void SessionKeeper::close_due(Instant now) {
  for (const ike::IkeSaId id : table_.all_due(now)) {
    const Session& session = *table_.find(id);
    const bool is_idle = session.idle_timeout > Duration{0} && now >= session.last_traffic + session.idle_timeout;
    const auto limit = is_idle ? session.idle_timeout : session.session_timeout;
    const auto cause = is_idle ? radius::AcctTerminateCause::IdleTimeout : radius::AcctTerminateCause::SessionTimeout;
    table_.end(id, {cause, fmt::format("{} {} s", is_idle ? "idle for" : "its time is up:",
                                       std::chrono::floor<std::chrono::seconds>(limit).count())});
    conclusions_.emplace_back(Closing{id});
  }
}

void SessionKeeper::account_due(Instant now, WallTime date) {
  if (!accountant_) return;
  accountant_->radius().handle_timeout(now);
  for (const ike::IkeSaId id : accountant_->take_due(now))
    if (const Session* session = table_.find(id)) accountant_->interim(now, date, id, *session);
}

std::optional<Instant> SessionKeeper::poll_timeout() const {
  auto next = table_.first_deadline();
  if (accountant_) take_earlier(next, accountant_->poll_timeout());
  return next;
}

// ---- For people.

std::vector<SessionInfo> SessionKeeper::list() const {
  std::vector<SessionInfo> infos;
  for (const auto& [id, session] : table_.all())
    if (session.is_established) infos.push_back(describe(id, session));
  return infos;
}

SessionInfo SessionKeeper::describe(ike::IkeSaId id, const Session& session) const {
  SessionInfo info{.id = id,
                   .peer = session.peer,
                   .user = session.user,
                   .device = session.device,
                   .rule = session.rule->name,
                   .is_dormant = session.dormant_since.has_value(),
                   .since = session.since,
                   .last_seen = session.since,
                   .bytes_in = session.traffic.bytes_in(),
                   .bytes_out = session.traffic.bytes_out(),
                   .moves = session.moves,
                   .wants_mobike = config_->settings.mobike,
                   .ike_sa = engine_.find(id)};
  if (info.ike_sa) info.last_seen = info.ike_sa->last_heard;
  return info;
}

}  // namespace agilevpn::gateway
