#include "gateway/session_table.h"

namespace agilevpn::gateway {

void SessionTable::admit(ike::IkeSaId id, Session session) { sessions_[id] = std::move(session); }

Session* SessionTable::start(Instant now, ike::IkeSaId id) {
  Session* session = find(id);
  if (!session) return nullptr;
  session->is_established = true;
  session->since = session->last_traffic = now;
  by_last_traffic_.emplace(now, id);
  return session;
}

void SessionTable::end(ike::IkeSaId id, std::string why) {
  Session* session = find(id);
  if (!session) return;
  session->ending = std::move(why);
  by_last_traffic_.erase({session->last_traffic, id});
}

std::optional<Session> SessionTable::remove(ike::IkeSaId id) {
  auto node = sessions_.extract(id);
  if (node.empty()) return std::nullopt;
  by_last_traffic_.erase({node.mapped().last_traffic, id});
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
  const bool may_be_idle = by_last_traffic_.erase({session->last_traffic, id}) != 0;
  session->last_traffic = now;
  if (may_be_idle) by_last_traffic_.emplace(now, id);
  return id;
}

Session* SessionTable::find(ike::IkeSaId id) {
  const auto session = sessions_.find(id);
  return session == sessions_.end() ? nullptr : &session->second;
}

std::optional<Instant> SessionTable::idle_since() const {
  if (by_last_traffic_.empty()) return std::nullopt;
  return by_last_traffic_.begin()->first;
}

std::vector<ike::IkeSaId> SessionTable::all_idle_since(Instant then) const {
  std::vector<ike::IkeSaId> idle;
  for (const auto& [last_traffic, id] : by_last_traffic_) {
    if (last_traffic > then) break;
    idle.push_back(id);
  }
  return idle;
}

}  // namespace agilevpn::gateway
