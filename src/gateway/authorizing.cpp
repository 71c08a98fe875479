// Who has proved who it is: from there to its inner addresses, and whether it may stay.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/authorization.h"
#include "gateway/core.h"

namespace agilevpn::gateway {

using ike::wire::NotifyType;

namespace {

// Why a rule has no address for this client: none of the wanted family is left, or there never was one.
Refusal cause_of_lack(const Config& config, const ConnectionRule& rule, const ike::AssignAddresses& question) {
  const bool has_pool = std::ranges::any_of(config.pools, [&](const PoolConfig& pool) {
    const bool is_wanted = pool.prefix.address.is_v4() ? question.wants_ipv4 : question.wants_ipv6;
    return is_wanted && std::ranges::find(rule.pools, pool.name) != rule.pools.end();
  });
  return has_pool ? Refusal::PoolExhausted : Refusal::NoPoolOfFamily;
}

}  // namespace

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::AssignAddresses& question) {
  Session* session = sessions.find(question.ike_sa);
  if (!session)
    return endpoint.handle_answer(now, id, ike::Refused{NotifyType::InternalAddressFailure, "the session is gone", {}});
  openings[question.ike_sa] = {id, question, {}};
  user_asks.push_back({question.ike_sa, Authorize{question.peer, session->fingerprint, session->rule->name}});
}

void Gateway::Core::handle_authorization(Instant now, ike::IkeSaId id, Authorization answer) {
  Session* session = sessions.find(id);
  if (!session) return;
  if (session->is_established) return confirm(now, id, *session, std::move(answer));
  const auto found = openings.find(id);
  if (found == openings.end()) return;
  if (!answer) return refuse_opening(now, id, NotifyType::AuthenticationFailed, std::move(answer.error().reason), answer.error().cause);
  if (session->is_kept && answer->user.empty())
    return refuse_opening(now, id, NotifyType::AuthenticationFailed, fmt::format("{} is no user any more", session->owner()));
  auto rule = std::make_shared<ConnectionRule>(with_group(*config, *session->rule, answer->group));
  if (auto why = why_not_by(session->method, *rule))
    return refuse_opening(now, id, NotifyType::AuthenticationFailed, *std::move(why));
  session->user = std::move(answer->user);
  session->user_id = answer->id;
  session->device = std::move(answer->device);
  session->idle_timeout = rule->idle_timeout.value_or(config->idle_timeout);
  session->rule = std::move(rule);
  lease(now, id, found->second);
}

void Gateway::Core::lease(Instant now, ike::IkeSaId id, Opening& opening) {
  const Session& session = *sessions.find(id);
  take_over(now, opening.question);
  if (opening.question.replaces_older_sessions) release_older(opening.question);
  if (auto why = make_room(now, id)) return refuse_opening(now, id, NotifyType::AuthenticationFailed, *std::move(why), Refusal::TooManyDevices);
  auto lease = leases.assign(opening.question, *session.rule, session.lease_owner());
  if (!lease) return refuse_opening(now, id, NotifyType::InternalAddressFailure, lease.error(), cause_of_lack(*config, *session.rule, opening.question));
  opening.lease = *std::move(lease);
  user_asks.push_back({id, KeepLeases{session.owner(), session.device, leases.of(id), session.rule->firewall}});
}

void Gateway::Core::handle_kept(Instant now, ike::IkeSaId id, const Kept& kept) {
  const auto found = openings.find(id);
  if (found == openings.end()) return;
  if (!kept) return refuse_opening(now, id, NotifyType::InternalAddressFailure, kept.error());
  ike::Granted granted{std::move(found->second.lease), {}};
  for (const IpPrefix& route : sessions.find(id)->rule->routes) granted.ts_local.push_back(TrafficSelector::of(route));
  const ike::AskId ask = found->second.ask;
  openings.erase(found);
  endpoint.handle_answer(now, ask, std::move(granted));
}

void Gateway::Core::refuse_opening(Instant now, ike::IkeSaId id, NotifyType notify, std::string why, Refusal cause) {
  const auto opening = openings.extract(id);
  const auto info = endpoint.find(id);
  Session& session = *sessions.find(id);
  session.is_refused = true;
  if (const auto login = logins.find(id); login != logins.end()) login->second.is_refused = true;
  refuse_peer({session.peer, info ? info->path : Path{}, why, id, cause, {}}, session.fingerprint);
  endpoint.handle_answer(now, opening.mapped().ask, ike::Refused{notify, std::move(why), {}});
}

void Gateway::Core::refuse_peer(PeerRefused fact, const Bytes& fingerprint) {
  user_asks.push_back({{},
                       NoteLogin{.peer = fact.peer, .fingerprint = fingerprint, .device = {}, .from = fact.path.peer.address,
                                 .failure = fact.reason}});
  events.push_back(std::move(fact));
}

void Gateway::Core::release(ike::IkeSaId id) {
  for (LeasedAddress& one : leases.release(id)) user_asks.push_back({id, ReturnLease{std::move(one)}});
}

// ---- Those who are in.

void Gateway::Core::recheck() {
  for (const auto& [id, session] : sessions.all())
    if (session.is_established && !session.ending)
      user_asks.push_back({id, Authorize{session.login, session.fingerprint, session.login_group}});
}

void Gateway::Core::confirm(Instant now, ike::IkeSaId id, Session& session, Authorization answer) {
  if (session.ending) return;
  if (!answer && answer.error().is_trouble) return;  // A disk ends nobody's tunnel.
  if (!answer) return close(now, id, {radius::AcctTerminateCause::AdminReset, std::move(answer.error().reason)});
  if (session.user_id == 0) session.user = answer->user, session.user_id = answer->id;  // It is kept from now on.
  if (session.device.empty() && answer->id == session.user_id) session.device = answer->device;
  if (answer->id != session.user_id || answer->device != session.device) {
    const std::string whole =
        session.device.empty() ? session.owner() : fmt::format("{}/{}", session.owner(), session.device);
    return close(now, id, {radius::AcctTerminateCause::AdminReset, fmt::format("{} is not kept any more, or is another now", whole)});
  }
  const FirewallRules& firewall = firewall_of(*config, answer->group);
  if (firewall == session.rule->firewall) return;
  auto rule = std::make_shared<ConnectionRule>(session.rule->copy());
  rule->firewall = firewall;
  session.rule = std::move(rule);
  SetFirewall set{{}, firewall};
  for (const LeasedAddress& one : leases.of(id)) set.addresses.push_back(one.address);
  user_asks.push_back({id, std::move(set)});
}

// ---- How many devices of one owner at a time: those that are asleep give way, those that are awake do not. A client that is
// closed comes back by itself; closing the oldest for the newest would never end.

std::optional<std::string> Gateway::Core::make_room(Instant now, ike::IkeSaId newest) {
  const Session& session = *sessions.find(newest);
  if (!session.rule->devices_max) return std::nullopt;
  std::size_t count = 0;
  std::vector<std::pair<Instant, ike::IkeSaId>> asleep;
  for (const auto& [id, other] : sessions.all()) {
    const bool is_here = other.is_established || !leases.of(id).empty();
    if (id == newest || !is_here || other.ending || other.owner() != session.owner()) continue;
    ++count;
    if (other.dormant_since) asleep.emplace_back(*other.dormant_since, id);
  }
  const std::size_t most = *session.rule->devices_max;
  const std::string limit =
      fmt::format("{} may have {} at a time", session.owner(), most == 1 ? "one device" : fmt::format("{} devices", most));
  if (count - asleep.size() >= most) return limit + ", and all of them are connected";
  std::ranges::sort(asleep);
  for (const auto& [since, id] : asleep) {
    if (count-- < most) break;
    close(now, id, {radius::AcctTerminateCause::PortPreempted, limit + ", and another came while this one was asleep"});
  }
  return std::nullopt;
}

}  // namespace agilevpn::gateway
