#include "gateway/openings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/pop.h"
#include "gateway/authorization.h"
#include "gateway/framed_route.h"
#include "gateway/granted_rule.h"
#include "gateway/limits.h"
#include "gateway/silence.h"
#include "gateway/ticketed_login.h"

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

// From now on.
void become_kept(Session& session, const Authorized& answer) {
  session.user = answer.user;
  session.user_id = answer.id;
  session.password_changes = answer.password_changes;
}

// Nothing: there are all the pools that it names.
std::optional<GroupFault> pools_fault(const Config& config, const ConnectionRule& rule) {
  GroupFault fault{.group = rule.name, .pools = lacking_pools(config, rule.pools)};
  return fault.pools.empty() ? std::nullopt : std::optional{std::move(fault)};
}

std::optional<GroupFault> methods_fault(const ConnectionRule& rule, const std::string& method, Refusal cause) {
  if (cause != Refusal::MethodOfGroup) return std::nullopt;
  return GroupFault{.group = rule.name, .methods = rule.methods, .method = method};
}

// Than the session began with.
bool is_another(const Session& session, const Authorized& answer) {
  return answer.id != session.user_id || answer.device != session.device;
}

std::optional<std::string> why_not_resumed(const Session& session, const Authorized& answer) {
  if (!session.is_resumed || session.user_id == 0) return std::nullopt;
  if (is_another(session, answer)) return fmt::format("{} is not kept any more, or is another now", session.owner());
  if (session.password_changes == answer.password_changes) return std::nullopt;
  return fmt::format("{} has a new password, so the ticket brings its session back no more", session.owner());
}

}  // namespace

Openings::Openings(std::shared_ptr<const Config> config, SessionTable& sessions, const ike::Endpoint& engine)
    : config_(std::move(config)), sessions_(sessions), engine_(engine), leases_(config_->pools) {}

void Openings::begin(ike::AskId id, const ike::AssignAddresses& question) {
  const Session* session = sessions_.find(question.ike_sa);
  if (!session) {
    conclusions_.emplace_back(Reply{id, ike::Refused{NotifyType::InternalAddressFailure, "the session is gone", {}}});
    return;
  }
  openings_[question.ike_sa] = {id, question, {}};
  ask(question.ike_sa, Authorize{question.peer, session->fingerprint, session->rule->name, session->named,
                                 session->rule->networks, session->is_resumed ? session->login_id : Bytes{}});
}

void Openings::handle_authorization(Instant now, ike::IkeSaId id, Authorization answer) {
  Session* session = sessions_.find(id);
  if (!session) return;
  if (session->is_established) return confirm(id, *session, std::move(answer));
  const auto found = openings_.find(id);
  if (found == openings_.end()) return;
  if (!answer)
    return refuse_opening(id, NotifyType::AuthenticationFailed, std::move(answer.error().reason), answer.error().cause, std::move(answer.error().who));
  if (session->is_kept && answer->user.empty())
    return refuse_opening(id, NotifyType::AuthenticationFailed,
                          fmt::format("{} is no user any more", session->owner()), Refusal::UnknownUser);
  if (auto why = why_not_resumed(*session, *answer))
    return refuse_opening(id, NotifyType::AuthenticationFailed, *std::move(why), Refusal::TicketOutdated);
  auto rule = std::make_shared<ConnectionRule>(with_group(*config_, *session->rule, answer->group));
  const auto ike_sa = engine_.find(id);
  const auto from = ike_sa ? std::optional{ike_sa->path.peer.address} : std::nullopt;
  if (auto why = why_taken(*config_, rule->networks, answer->overlapping))
    return refuse_opening(id, NotifyType::AuthenticationFailed, *std::move(why), Refusal::RadiusGrant);
  if (auto objection = objection_to(session->method, from, *rule))
    return refuse_opening(id, NotifyType::AuthenticationFailed, std::move(objection->why), objection->cause, {},
                          methods_fault(*rule, session->method, objection->cause));
  session->user = std::move(answer->user);
  session->user_id = answer->id;
  session->device = std::move(answer->device);
  session->password_changes = answer->password_changes;
  session->idle_timeout = rule->idle_timeout.value_or(config_->idle_timeout);
  session->rule = std::move(rule);
  tell_unknown(id, *session, answer->unknown);
  lease(now, id, found->second);
}

// Filter-Ids only: a Class may be anything.
void Openings::tell_unknown(ike::IkeSaId id, const Session& session, const std::vector<std::string>& unknown) {
  if (!session.granted) return;
  auto names = groups_named({.filter_ids = session.granted->filter_ids}, config_->rules);
  std::erase_if(names, [&](const std::string& name) {
    return std::ranges::count(unknown, name) == 0 || rule_named(*config_, name).name == name;
  });
  if (names.empty()) return;
  conclusions_.emplace_back(
      Event{FilterIdUnknown{id, session.peer, fmt::format("{}", fmt::join(names, ", ")), session.rule->name}});
}

void Openings::lease(Instant now, ike::IkeSaId id, Opening& opening) {
  const Session& session = *sessions_.find(id);
  take_over(now, opening.question, *session.rule);
  if (auto why = make_room(opening.question))
    return refuse_opening(id, NotifyType::AuthenticationFailed, *std::move(why), Refusal::TooManyDevices, session.user);
  auto lease = assign(opening.question, session);
  if (!lease)
    return refuse_opening(id, NotifyType::InternalAddressFailure, lease.error(),
                          cause_of_lack(*config_, *session.rule, opening.question), session.user, pools_fault(*config_, *session.rule));
  opening.lease = *std::move(lease);
  if (const auto taken = networks_.take(id, session.rule->networks, replaced_by(opening.question)); !taken)
    return refuse_opening(id, NotifyType::AuthenticationFailed, taken.error());
  ask(id, KeepLeases{session.owner(), session.device, leases_.of(id), networks_.of(id), session.rule->firewall});
}

// The same owner gets the same address again (address_pool.h), also while its older session still has it.
Result<ike::Lease, std::string> Openings::assign(const ike::AssignAddresses& question, const Session& session) {
  const ConnectionRule& rule = *session.rule;
  for (const auto& framed : {rule.framed_ipv4, rule.framed_ipv6})
    if (framed && networks_.is_behind(*framed))
      return Failure{fmt::format("{} was granted to {}, and it is in a network behind a client", framed->to_string(), session.owner())};
  std::vector<std::pair<ike::IkeSaId, std::vector<LeasedAddress>>> older;
  for (const ike::IkeSaId id : replaced_by(question)) older.emplace_back(id, leases_.of(id));
  for (const auto& [id, had] : older) leases_.release(id);
  auto lease = leases_.assign(question, rule, session.lease_owner());
  for (const auto& [id, had] : older) leases_.hold(id, sessions_.find(id)->lease_owner(), had);
  return lease;
}

void Openings::handle_kept(Instant now, WallTime date, ike::IkeSaId id, const Kept& kept) {
  const auto found = openings_.find(id);
  if (found == openings_.end()) return;
  if (!kept) return refuse_opening(id, NotifyType::InternalAddressFailure, kept.error(), Refusal::StoreTrouble);
  ike::Granted granted{std::move(found->second.lease), {}};
  Session& session = *sessions_.find(id);
  if (!session.is_resumed) session.logged_in = date;
  granted.ticket = ticket_terms(session, now, date);
  for (const IpPrefix& network : networks_.of(id)) granted.ts_remote.push_back(TrafficSelector::of(network));
  for (const IpPrefix& route : session.rule->routes) granted.ts_local.push_back(TrafficSelector::of(route));
  conclusions_.emplace_back(Reply{found->second.ask, std::move(granted)});
  openings_.erase(found);
}

void Openings::refuse_opening(ike::IkeSaId id, NotifyType notify, std::string why, Refusal cause, std::string who,
                              std::optional<GroupFault> group_fault) {
  const auto opening = openings_.extract(id);
  const auto info = engine_.find(id);
  Session& session = *sessions_.find(id);
  session.is_refused = true;
  PeerRefused fact{session.peer, info ? info->path : Path{}, std::move(why), id, cause, {}, std::move(who), std::move(group_fault)};
  refuse(conclusions_, opening.mapped().ask, {std::move(fact), session.fingerprint}, notify, cause != Refusal::StoreTrouble);
}

void Openings::handle_child(const ike::ChildSaEstablished& fact) {
  if (fact.rekeyed) return;
  for (const IpPrefix& network : networks_.of(fact.ike_sa)) {
    const bool is_covered = std::ranges::any_of(fact.ts_remote, [&](const TrafficSelector& one) {
      return one.contains(TrafficSelector::of(network));
    });
    if (is_covered)
      ask(fact.ike_sa, LeadNetwork{network});
    else
      conclusions_.emplace_back(Event{NetworkNotAskedFor{fact.ike_sa, sessions_.find(fact.ike_sa)->peer, network}});
  }
}

void Openings::handle_closed(ike::IkeSaId id) {
  const Session* session = sessions_.find(id);
  const auto had = leases_.of(id);
  release(id);
  openings_.erase(id);
  if (session && !session->is_established) restore_firewall(*session, had);
}

void Openings::restore_firewall(const Session& failed, const std::vector<LeasedAddress>& had) {
  for (const ike::IkeSaId id : sessions_.all_of(failed.peer)) {
    const Session& older = *sessions_.find(id);
    if (!older.is_established || older.ending || older.rule->firewall == failed.rule->firewall) continue;
    SetFirewall set{{}, networks_.of(id), older.rule->firewall};
    for (const LeasedAddress& one : had)
      if (leases_.holds(id, one.address)) set.addresses.push_back(one.address);
    if (!set.addresses.empty() || !set.networks.empty()) ask(id, std::move(set));
  }
}

void Openings::release(ike::IkeSaId id) {
  for (LeasedAddress& one : leases_.release(id)) ask(id, ReturnLease{std::move(one)});
  for (const IpPrefix& one : networks_.release(id)) ask(id, ReturnNetwork{one});
}

void Openings::close(ike::IkeSaId id, Ending why) {
  sessions_.end(id, std::move(why));
  conclusions_.emplace_back(Closing{id});
}

std::optional<Conclusion> Openings::poll_conclusion() { return pop(conclusions_); }

// ---- Those who are in.

void Openings::recheck() {
  for (const auto& [id, session] : sessions_.all())
    if (session.is_established && !session.ending) ask(id, session.recheck());
}

void Openings::confirm(ike::IkeSaId id, Session& session, Authorization answer) {
  if (session.ending) return;
  if (!answer && answer.error().is_trouble) return;  // A disk ends nobody's tunnel.
  if (!answer) return close(id, {radius::AcctTerminateCause::AdminReset, std::move(answer.error().reason)});
  if (session.user_id == 0) become_kept(session, *answer);
  if (session.device.empty() && answer->id == session.user_id) session.device = answer->device;
  if (is_another(session, *answer)) {
    const std::string whole =
        session.device.empty() ? session.owner() : fmt::format("{}/{}", session.owner(), session.device);
    return close(
        id, {radius::AcctTerminateCause::AdminReset, fmt::format("{} is not kept any more, or is another now", whole)});
  }
  const FirewallRules& firewall = firewall_of(*config_, answer->group);
  if (answer->group.name == session.rule->name && firewall == session.rule->firewall) return;
  auto rule = std::make_shared<ConnectionRule>(*session.rule);
  rule->name = answer->group.name;
  rule->firewall = firewall;
  session.rule = std::move(rule);
  SetFirewall set{{}, networks_.of(id), firewall};
  for (const LeasedAddress& one : leases_.of(id)) set.addresses.push_back(one.address);
  ask(id, std::move(set));
}

// ---- Who must go first.

void Openings::take_over(Instant now, const ike::AssignAddresses& question, const ConnectionRule& rule) {
  const auto wants = [&](ike::IkeSaId id) {
    const auto holds = [&](const std::optional<IpAddress>& address) { return address && leases_.holds(id, *address); };
    return networks_.holds(id, rule.networks) || (question.wants_ipv4 && holds(rule.framed_ipv4 ? rule.framed_ipv4 : question.wished_ipv4)) ||
           (question.wants_ipv6 && holds(rule.framed_ipv6 ? rule.framed_ipv6 : question.wished_ipv6));
  };
  for (const ike::IkeSaId id : sessions_.all_of(question.peer)) {
    if (id == question.ike_sa || is_replaced_by(question, id)) continue;
    const bool is_forgotten = wants(id) && is_silent(engine_, now, id, limits::forgotten_silence);
    if (!is_forgotten && !is_in_place_of(question.ike_sa, id)) continue;
    release(id);
    close(id, {radius::AcctTerminateCause::LostCarrier, "its client connected anew"});
  }
}

bool Openings::is_in_place_of(ike::IkeSaId newest, ike::IkeSaId older) const {
  const auto here = engine_.find(newest), there = engine_.find(older);
  const Session& former = *sessions_.find(older);
  return here && there && here->path.peer == there->path.peer && former.is_established &&
         former.lease_owner() == sessions_.find(newest)->lease_owner();
}

std::vector<ike::IkeSaId> Openings::replaced_by(const ike::AssignAddresses& newest) const {
  std::vector<ike::IkeSaId> all;
  for (const ike::IkeSaId id : sessions_.all_of(newest.peer))
    if (is_replaced_by(newest, id)) all.push_back(id);
  return all;
}

bool Openings::is_replaced_by(const ike::AssignAddresses& question, ike::IkeSaId id) const {
  const Session& session = *sessions_.find(id);
  const Session& newest = *sessions_.find(question.ike_sa);
  const bool is_its_own = newest.is_resumed && session.login_id == newest.login_id;  // The same client, by its ticket.
  return (question.replaces_older_sessions || is_its_own) && session.is_established && id != question.ike_sa &&
         session.peer == question.peer;
}

// How many devices of one owner at a time: those that are asleep give way, those that are awake do not. A client that
// is closed comes back by itself; closing the oldest for the newest would never end.
std::optional<std::string> Openings::make_room(const ike::AssignAddresses& newest) {
  const Session& session = *sessions_.find(newest.ike_sa);
  if (!session.rule->devices_max) return std::nullopt;
  std::size_t count = 0;
  std::vector<std::pair<Instant, ike::IkeSaId>> asleep;
  for (const auto& [id, other] : sessions_.all()) {
    const bool is_here = other.is_established || !leases_.of(id).empty();
    if (id == newest.ike_sa || !is_here || other.ending || other.owner() != session.owner()) continue;
    if (is_replaced_by(newest, id)) continue;
    ++count;
    if (other.dormant_since) asleep.emplace_back(*other.dormant_since, id);
  }
  const std::size_t most = *session.rule->devices_max;
  const std::string limit = fmt::format("{} may have {} at a time", session.owner(),
                                        most == 1 ? "one device" : fmt::format("{} devices", most));
  if (count - asleep.size() >= most) return limit + ", and all of them are connected";
  std::ranges::sort(asleep);
  for (const auto& [since, id] : asleep) {
    if (count-- < most) break;
    close(id, {radius::AcctTerminateCause::PortPreempted, limit + ", and another came while this one was asleep"});
  }
  return std::nullopt;
}

}  // namespace agilevpn::gateway
