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

void SessionTable::admit(ike::IkeSaId id, Session session) {
  by_peer_.insert({session.peer, id});
  sessions_.insert_or_assign(id, std::move(session));
}

Session* SessionTable::start(Instant now, ike::IkeSaId id) {
  Session* session = find(id);
  if (!session) return nullptr;
  session->is_established = true;
  session->since = session->last_traffic = now;
  watch(id, *session);
  return session;
}

void SessionTable::end(ike::IkeSaId id, Ending why) {
  Session* session = find(id);
  if (!session) return;
  session->ending = std::move(why);
  unwatch(id, *session);
}

const Session* SessionTable::remove(ike::IkeSaId id) {
  auto node = sessions_.extract(id);
  if (node.empty()) return nullptr;
  unwatch(id, node.mapped());
  by_peer_.erase({node.mapped().peer, id});
  return &over_.insert(std::move(node)).position->second;
}

std::optional<Session> SessionTable::bury(ike::IkeSaId id) {
  auto node = over_.extract(id);
  if (node.empty()) return std::nullopt;
  for (const ike::ChildSaId child : node.mapped().traffic.child_sas()) owners_.erase(child);
  return std::move(node.mapped());
}

void SessionTable::add_child_sa(ike::ChildSaId child, ike::IkeSaId id) {
  Session* session = find(id);
  if (!session) return;
  session->traffic.add(child);
  owners_[child] = id;
}

std::optional<ike::IkeSaId> SessionTable::handle_traffic(Instant now, const ike::TrafficReport& report) {
  const auto owner = owners_.find(report.child);
  if (owner == owners_.end()) return std::nullopt;
  const ike::IkeSaId id = owner->second;
  if (report.is_last) owners_.erase(owner);
  Session* session = find(id);
  if (!session) {
    if (const auto over = over_.find(id); over != over_.end()) over->second.traffic.handle_traffic(report);
    return std::nullopt;
  }
  const bool has_passed = session->traffic.handle_traffic(report);
  if (report.is_last) session->traffic.forget(report.child);
  if (!has_passed) return id;
  const bool is_watched = unwatch(id, *session);
  session->last_traffic = now;
  if (is_watched) watch(id, *session);
  return id;
}

Session* SessionTable::find(ike::IkeSaId id) {
  const auto session = sessions_.find(id);
  return session == sessions_.end() ? nullptr : &session->second;
}

void SessionTable::change(ike::IkeSaId id, const std::function<void(Session&)>& work) {
  Session* session = find(id);
  if (!session) return;
  const bool is_watched = unwatch(id, *session);
  work(*session);
  if (is_watched || (session->is_established && !session->ending)) watch(id, *session);
}

std::vector<ike::IkeSaId> SessionTable::all_of(const ike::wire::Identity& peer) const {
  std::vector<ike::IkeSaId> all;
  for (auto at = by_peer_.lower_bound({peer, ike::IkeSaId{}}); at != by_peer_.end() && at->first == peer; ++at)
    all.push_back(at->second);
  return all;
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
