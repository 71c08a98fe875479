#include "gateway/session_table.h"

#include "base/timers.h"

namespace agilevpn::gateway {

namespace {

std::optional<Instant> deadline_of(const Session& session) {
  std::optional<Instant> deadline;
  if (session.idle_timeout > Duration{0}) take_earlier(deadline, session.last_traffic + session.idle_timeout);
  if (session.session_timeout > Duration{0}) take_earlier(deadline, session.since + session.session_timeout);
  return deadline;
}

}  // namespace

void SessionTable::watch(ike::IkeSaId id, const Session& session) {
  if (const auto deadline = deadline_of(session)) by_deadline_.emplace(*deadline, id);
}

bool SessionTable::unwatch(ike::IkeSaId id, const Session& session) {
  const auto deadline = deadline_of(session);
  return deadline && by_deadline_.erase({*deadline, id}) != 0;
}

void SessionTable::admit(ike::IkeSaId id, Session session) { sessions_[id] = std::move(session); }

Session* SessionTable::start(Instant now, ike::IkeSaId id) {
  Session* session = find(id);
  if (!session) return nullptr;
  session->is_established = true;
  session->since = session->last_traffic = now;
  watch(id, *session);
  return session;
}

void SessionTable::end(ike::IkeSaId id, std::string why) {
  Session* session = find(id);
  if (!session) return;
  session->ending = std::move(why);
  unwatch(id, *session);
}

std::optional<Session> SessionTable::remove(ike::IkeSaId id) {
  auto node = sessions_.extract(id);
  if (node.empty()) return std::nullopt;
  unwatch(id, node.mapped());
  return std::move(node.mapped());
}

void SessionTable::remove_child_sa(ike::ChildSaId child) {
  const auto owner = owners_.extract(child);
  if (Session* session = owner.empty() ? nullptr : find(owner.mapped())) session->traffic.forget(child);
}

std::optional<ike::IkeSaId> SessionTable::handle_traffic(Instant now, const ike::TrafficReport& report) {
  const auto owner = owners_.find(report.child);
  Session* session = owner == owners_.end() ? nullptr : find(owner->second);
  if (!session) return std::nullopt;
  const ike::IkeSaId id = owner->second;
  if (!session->traffic.handle_traffic(report)) return id;
  const bool is_watched = unwatch(id, *session);
  session->last_traffic = now;
  if (is_watched) watch(id, *session);
  return id;
}

Session* SessionTable::find(ike::IkeSaId id) {
  const auto session = sessions_.find(id);
  return session == sessions_.end() ? nullptr : &session->second;
}

std::optional<Instant> SessionTable::first_deadline() const {
  if (by_deadline_.empty()) return std::nullopt;
  return by_deadline_.begin()->first;
}

std::vector<ike::IkeSaId> SessionTable::all_due(Instant now) const {
  std::vector<ike::IkeSaId> due;
  for (const auto& [deadline, id] : by_deadline_) {
    if (deadline > now) break;
    due.push_back(id);
  }
  return due;
}

}  // namespace agilevpn::gateway
