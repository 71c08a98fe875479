#include "radius/server_list.h"

#include "base/timers.h"

namespace agilevpn::radius {

ServerList::ServerList(std::vector<ServerConfig> servers, Duration dead_time) : dead_time_(dead_time) {
  for (ServerConfig& config : servers) servers_.push_back({std::move(config), std::nullopt, std::nullopt});
}

std::optional<std::size_t> ServerList::choose(Instant now, const std::vector<std::size_t>& tried) {
  std::optional<std::size_t> dead;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (std::ranges::find(tried, i) != tried.end()) continue;
    if (!may_serve(now, servers_[i])) {
      if (!dead) dead = i;
      continue;
    }
    if (servers_[i].dead_until) servers_[i].dead_until = now + dead_time_;  // Others do not try it meanwhile.
    return i;
  }
  return dead;
}

bool ServerList::may_serve(Instant now, const Server& server) const {
  return !server.dead_until || (!server.config.knows_status_server && is_due(server.dead_until, now));
}

bool ServerList::heard(Instant now, std::size_t server) {
  servers_[server].last_heard = now;
  return std::exchange(servers_[server].dead_until, std::nullopt).has_value();
}

bool ServerList::silent(Instant now, std::size_t server, Instant since) {
  Server& it = servers_[server];
  if (it.last_heard && *it.last_heard >= since) return false;
  return !std::exchange(it.dead_until, now + dead_time_).has_value();
}

std::optional<std::size_t> ServerList::take_probe(Instant now) {
  const auto found = std::ranges::find_if(
      servers_, [&](const Server& one) { return one.config.knows_status_server && is_due(one.dead_until, now); });
  if (found == servers_.end()) return std::nullopt;
  found->dead_until = now + dead_time_;
  return static_cast<std::size_t>(found - servers_.begin());
}

std::optional<Instant> ServerList::next_probe() const {
  std::optional<Instant> next;
  for (const Server& one : servers_) {
    if (one.config.knows_status_server) take_earlier(next, one.dead_until);
  }
  return next;
}

}  // namespace agilevpn::radius
