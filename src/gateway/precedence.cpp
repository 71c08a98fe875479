#include "gateway/precedence.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/limits.h"
#include "gateway/silence.h"

namespace agilevpn::gateway {

std::vector<ike::IkeSaId> Precedence::in_doubt(const ike::AssignAddresses& newest, Uniqueness uniqueness) const {
  std::vector<ike::IkeSaId> all;
  if (uniqueness == Uniqueness::Replace) return all;
  for (const ike::IkeSaId id : replaced_by(newest, {}))
    if (!sessions_.find(id)->dormant_since && !is_its_own(newest, id) && !is_where(newest.ike_sa, id))
      all.push_back(id);
  return all;
}

bool Precedence::is_its_own(const ike::AssignAddresses& newest, ike::IkeSaId older) const {
  const Session& session = *sessions_.find(newest.ike_sa);
  return session.is_resumed && session.login_id == sessions_.find(older)->login_id;
}

std::vector<ike::IkeSaId> Precedence::replaced_by(const ike::AssignAddresses& newest,
                                                  const std::vector<ike::IkeSaId>& spared) const {
  std::vector<ike::IkeSaId> all;
  for (const ike::IkeSaId id : sessions_.all_of(newest.peer)) {
    if (id == newest.ike_sa || !sessions_.find(id)->is_established || std::ranges::count(spared, id) != 0) continue;
    if (newest.replaces_older_sessions || is_its_own(newest, id)) all.push_back(id);
  }
  return all;
}

std::vector<ike::IkeSaId> Precedence::taken_over(Instant now, const ike::AssignAddresses& newest,
                                                 const ConnectionRule& rule,
                                                 const std::vector<ike::IkeSaId>& replaced) const {
  const auto wants = [&](ike::IkeSaId id) {
    const auto holds = [&](const std::optional<IpAddress>& address) { return address && leases_.holds(id, *address); };
    return networks_.holds(id, rule.networks) ||
           (newest.wants_ipv4 && holds(rule.framed_ipv4 ? rule.framed_ipv4 : newest.wished_ipv4)) ||
           (newest.wants_ipv6 && holds(rule.framed_ipv6 ? rule.framed_ipv6 : newest.wished_ipv6));
  };
  std::vector<ike::IkeSaId> all;
  for (const ike::IkeSaId id : sessions_.all_of(newest.peer)) {
    if (id == newest.ike_sa || std::ranges::count(replaced, id) != 0) continue;
    const bool is_forgotten = wants(id) && is_silent(engine_, now, id, limits::forgotten_silence);
    if (is_forgotten || is_in_place_of(newest.ike_sa, id)) all.push_back(id);
  }
  return all;
}

bool Precedence::is_where(ike::IkeSaId newest, ike::IkeSaId older) const {
  const auto here = engine_.find(newest), there = engine_.find(older);
  return here && there && here->path.peer == there->path.peer;
}

bool Precedence::is_in_place_of(ike::IkeSaId newest, ike::IkeSaId older) const {
  const Session& former = *sessions_.find(older);
  return is_where(newest, older) && former.is_established &&
         former.lease_owner() == sessions_.find(newest)->lease_owner();
}

// Those that are asleep give way, those that are awake do not: a client that is closed comes back by itself; closing the
// oldest for the newest would never end.
Result<std::vector<ike::IkeSaId>, std::string> Precedence::make_room(const ike::AssignAddresses& newest,
                                                                     const std::vector<ike::IkeSaId>& replaced) const {
  const Session& session = *sessions_.find(newest.ike_sa);
  std::vector<ike::IkeSaId> closed;
  if (!session.rule->devices_max) return closed;
  std::size_t count = 0;
  std::vector<std::pair<Instant, ike::IkeSaId>> asleep;
  for (const auto& [id, other] : sessions_.all()) {
    const bool is_here = other.is_established || !leases_.of(id).empty();
    if (id == newest.ike_sa || !is_here || other.ending || other.owner() != session.owner()) continue;
    if (std::ranges::count(replaced, id) != 0) continue;
    ++count;
    if (other.dormant_since) asleep.emplace_back(*other.dormant_since, id);
  }
  const std::size_t most = *session.rule->devices_max;
  if (count - asleep.size() >= most) return Failure{devices_limit(session) + ", and all of them are connected"};
  std::ranges::sort(asleep);
  for (const auto& [since, id] : asleep) {
    if (count-- < most) break;
    closed.push_back(id);
  }
  return closed;
}

std::string devices_limit(const Session& session) {
  const unsigned most = *session.rule->devices_max;
  return fmt::format("{} may have {} at a time", session.owner(),
                     most == 1 ? "one device" : fmt::format("{} devices", most));
}

}  // namespace agilevpn::gateway
