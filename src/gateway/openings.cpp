#include "gateway/openings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/pop.h"
#include "gateway/authorization.h"
#include "gateway/framed_route.h"
#include "gateway/granted_rule.h"
#include "gateway/limits.h"
#include "gateway/ticketed_login.h"

namespace agilevpn::gateway {

using ike::wire::NotifyType;

namespace {

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
    : config_(std::move(config)),
      sessions_(sessions),
      engine_(engine),
      leases_(config_->pools),
      precedence_(sessions, engine, leases_, networks_) {}

void Openings::begin(Instant now, ike::AskId id, const ike::AssignAddresses& question) {
  if (!sessions_.find(question.ike_sa)) {
    conclusions_.emplace_back(Reply{id, ike::Refused{NotifyType::InternalAddressFailure, "the session is gone", {}}});
    return;
  }
  Opening& opening = openings_[question.ike_sa] = {
      .ask = id, .question = question, .called = precedence_.in_doubt(question, config_->uniqueness), .called_at = now};
  if (opening.called.empty()) return ask_owner(question.ike_sa);
  calls_.emplace(now + limits::call_patience, question.ike_sa);
  for (const ike::IkeSaId older : opening.called) conclusions_.emplace_back(Call{older});
}

void Openings::ask_owner(ike::IkeSaId id) {
  const Session& session = *sessions_.find(id);
  ask(id, Authorize{session.peer, session.fingerprint, session.rule->name, session.named, session.rule->networks,
                    session.is_resumed ? session.login_id : Bytes{}});
}

void Openings::handle_timeout(Instant now) {
  while (!calls_.empty() && calls_.begin()->first <= now)
    if (const ike::IkeSaId id = calls_.extract(calls_.begin()).value().second; openings_.contains(id)) ask_owner(id);
}

std::optional<Instant> Openings::poll_timeout() const {
  return calls_.empty() ? std::nullopt : std::optional{calls_.begin()->first};
}

void Openings::handle_authorization(Instant now, ike::IkeSaId id, Authorization answer) {
  Session* session = sessions_.find(id);
  if (!session) return;
  if (session->is_established) return confirm(id, *session, std::move(answer));
  const auto found = openings_.find(id);
  if (found == openings_.end()) return;
  if (!answer)
    return refuse_opening(id, {std::move(answer.error().reason), answer.error().cause, std::move(answer.error().who)});
  auto rule = std::make_shared<ConnectionRule>(with_group(*config_, *session->rule, answer->group));
  if (auto objection = objection_to_opening(id, *session, *answer, *rule))
    return refuse_opening(id, *std::move(objection));
  session->user = std::move(answer->user);
  session->user_id = answer->id;
  session->device = std::move(answer->device);
  session->password_changes = answer->password_changes;
  session->idle_timeout = rule->idle_timeout.value_or(config_->idle_timeout);
  session->rule = std::move(rule);
  tell_unknown(id, *session, answer->unknown);
  lease(now, id, found->second);
}

std::optional<Objection> Openings::objection_to_opening(ike::IkeSaId id, const Session& session,
                                                        const Authorized& answer, const ConnectionRule& rule) const {
  if (session.is_kept && answer.user.empty())
    return Objection{fmt::format("{} is no user any more", session.owner()), Refusal::UnknownUser};
  if (auto why = why_not_resumed(session, answer)) return Objection{*std::move(why), Refusal::TicketOutdated};
  if (auto why = why_taken(*config_, rule.networks, answer.overlapping))
    return Objection{*std::move(why), Refusal::RadiusGrant};
  const auto ike_sa = engine_.find(id);
  return objection_to(session.method, ike_sa ? std::optional{ike_sa->path.peer.address} : std::nullopt, rule);
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
  std::erase_if(opening.called, [&](ike::IkeSaId older) {
    const auto info = engine_.find(older);
    return !info || info->last_heard < opening.called_at;
  });
  const auto replaced = precedence_.replaced_by(opening.question, opening.called);
  for (const ike::IkeSaId older : precedence_.taken_over(now, opening.question, *session.rule, replaced)) {
    release(older);
    close(older, {radius::AcctTerminateCause::LostCarrier, "its client connected anew"});
  }
  const auto room = precedence_.make_room(opening.question, replaced);
  if (!room) return refuse_opening(id, {room.error(), Refusal::TooManyDevices, session.user});
  for (const ike::IkeSaId asleep : *room)
    close(asleep, {radius::AcctTerminateCause::PortPreempted,
                   devices_limit(session) + ", and another came while this one was asleep"});
  auto lease = assign(opening.question, session, replaced);
  if (!lease)
    return refuse_opening(id, {std::move(lease.error().why), lease.error().cause, session.user,
                               pools_fault(*config_, *session.rule), NotifyType::InternalAddressFailure});
  opening.lease = *std::move(lease);
  if (const auto taken = networks_.take(id, session.rule->networks, replaced); !taken)
    return refuse_opening(id, {taken.error()});
  ask(id, KeepLeases{session.owner(), session.device, leases_.of(id), networks_.of(id), session.rule->firewall});
}

// The same owner gets the same address again (address_pool.h), also while its older session still has it.
Result<ike::Lease, Lack> Openings::assign(const ike::AssignAddresses& question, const Session& session,
                                          const std::vector<ike::IkeSaId>& replaced) {
  const ConnectionRule& rule = *session.rule;
  std::vector<std::pair<ike::IkeSaId, std::vector<LeasedAddress>>> older;
  for (const ike::IkeSaId id : replaced) older.emplace_back(id, leases_.of(id));
  for (const auto& [id, had] : older) leases_.release(id);
  auto lease = leases_.assign(question, rule, session.lease_owner());
  for (const auto& [id, had] : older) leases_.hold(id, sessions_.find(id)->lease_owner(), had);
  return lease;
}

void Openings::handle_kept(Instant now, WallTime date, ike::IkeSaId id, const Kept& kept) {
  const auto found = openings_.find(id);
  if (found == openings_.end()) return;
  if (!kept)
    return refuse_opening(
        id, {.why = kept.error(), .cause = Refusal::StoreTrouble, .notify = NotifyType::InternalAddressFailure});
  ike::Granted granted{
      .lease = std::move(found->second.lease), .ts_local = {}, .spared = std::move(found->second.called)};
  Session& session = *sessions_.find(id);
  if (!session.is_resumed) session.logged_in = date;
  granted.ticket = ticket_terms(session, now, date);
  for (const IpPrefix& network : networks_.of(id)) granted.ts_remote.push_back(TrafficSelector::of(network));
  for (const IpPrefix& route : session.rule->routes) granted.ts_local.push_back(TrafficSelector::of(route));
  conclusions_.emplace_back(Reply{found->second.ask, std::move(granted)});
  openings_.erase(found);
}

void Openings::refuse_opening(ike::IkeSaId id, Objection why) {
  const auto opening = openings_.extract(id);
  const auto info = engine_.find(id);
  Session& session = *sessions_.find(id);
  session.is_refused = true;
  PeerRefused fact{session.peer, info ? info->path : Path{}, std::move(why.why),        id, why.cause,
                   {},           std::move(why.who),         std::move(why.group_fault)};
  refuse(conclusions_, opening.mapped().ask, {std::move(fact), session.fingerprint}, why.notify,
         why.cause != Refusal::StoreTrouble);
}

void Openings::handle_child(const ike::ChildSaEstablished& fact) {
  if (fact.rekeyed) return;
  for (const IpPrefix& network : networks_.of(fact.ike_sa)) {
    const bool is_covered = std::ranges::any_of(
        fact.ts_remote, [&](const TrafficSelector& one) { return one.contains(TrafficSelector::of(network)); });
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

}  // namespace agilevpn::gateway
