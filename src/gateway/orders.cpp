#include "gateway/orders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/pop.h"
#include "gateway/authorization.h"
#include "gateway/granted_rule.h"
#include "gateway/parts.h"
#include "radius/dictionary.h"

namespace agilevpn::gateway {

namespace {

// What a session may be given anew. Addresses, routes and name servers the client has been told already.
constexpr std::array changeable = {radius::Type::SessionTimeout, radius::Type::IdleTimeout, radius::Type::FilterId,
                                   radius::Type::Class, radius::Type::AcctInterimInterval};

bool is_one(const Session& session, const radius::SessionSelector& selector) {
  const auto fits = [](const auto& wanted, const auto& has) { return !wanted || *wanted == has; };
  const ike::Lease lease = session.lease.value_or(ike::Lease{});
  return fits(selector.session_id, session.accounting_id) && fits(selector.user_name, session.peer.to_string()) &&
         fits(selector.calling_station, session.path.peer.address.to_string()) &&
         fits(selector.framed_ip, lease.ipv4) &&
         (!selector.framed_ipv6 || (lease.ipv6 && lease.ipv6->address == *selector.framed_ipv6));
}

std::string names_of(const radius::Attributes& attributes) {
  std::vector<std::string> all;
  for (const radius::Attribute& one : attributes) all.push_back(radius::to_string(one));
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace

Orders::Orders(std::shared_ptr<const Config> config, SessionTable& sessions)
    : config_(std::move(config)), sessions_(sessions), radius_(make_dynamic_authorization(*config_)) {}

void Orders::handle_datagram(Instant now, WallTime date, const radius::Origin& origin, ByteView datagram) {
  if (!radius_) return;
  radius_->handle_datagram(now, date, origin, datagram);
  while (const auto ask = radius_->poll_ask())
    std::visit([&](const auto& order) { obey(now, *ask, order); }, ask->what);
  tell();
}

void Orders::tell() {
  while (auto event = radius_->poll_event()) conclusions_.emplace_back(Event{*std::move(event)});
}

std::optional<radius::DynamicAuthorization::Transmit> Orders::poll_transmit() {
  return radius_ ? radius_->poll_transmit() : std::nullopt;
}

std::optional<Conclusion> Orders::poll_conclusion() { return pop(conclusions_); }

void Orders::obey(Instant, const radius::DynamicAsk& ask, const radius::Disconnect& order) {
  const auto chosen = sessions_of(order.sessions);
  if (chosen.empty()) return radius_->refuse(ask.id, radius::ErrorCause::SessionContextNotFound);
  for (const ike::IkeSaId id : chosen) {
    sessions_.end(
        id, {radius::AcctTerminateCause::AdminReset, fmt::format("disconnected by {}", ask.from.address.to_string())});
    conclusions_.emplace_back(Closing{id});
  }
  radius_->acknowledge(ask.id);
}

void Orders::obey(Instant now, const radius::DynamicAsk& ask, const radius::ChangeOfAuthorization& order) {
  const auto refuse = [&](radius::ErrorCause cause) { radius_->refuse(ask.id, cause); };
  if (sessions_of(order.sessions).empty()) return refuse(radius::ErrorCause::SessionContextNotFound);
  const auto may_change = [](const radius::Attribute& one) {
    return std::ranges::any_of(changeable, [&](radius::Type type) { return radius::AttributeId{type} == one.id; });
  };
  if (!std::ranges::all_of(order.attributes, may_change)) return refuse(radius::ErrorCause::UnsupportedAttribute);
  const auto granted = radius::Grant::from(order.attributes);
  if (!granted) return refuse(radius::ErrorCause::InvalidAttributeValue);
  if (granted->filter_ids.empty()) return change(now, ask, *granted);
  conclusions_.emplace_back(
      UserAsk{{}, FindGroup{ask.id, groups_named({.filter_ids = granted->filter_ids}, config_->rules)}});
  waiting_.emplace(ask.id, Waiting{ask, *granted});
}

void Orders::handle_group(Instant now, std::uint64_t order, const GroupAnswer& answer) {
  const auto waiting = waiting_.extract(order);
  if (waiting.empty()) return;
  obey(now, waiting.mapped(), answer);
  tell();
}

// It names a group, which the owner was asked about.
void Orders::obey(Instant now, const Waiting& waiting, const GroupAnswer& answer) {
  const auto& [ask, granted] = waiting;
  const std::uint64_t order = ask.id;
  if (!answer) return radius_->refuse(order, radius::ErrorCause::ResourcesUnavailable);
  const auto configured = group_of({.filter_ids = granted.filter_ids}, config_->rules);
  if (!*answer && configured.empty()) return radius_->refuse(order, radius::ErrorCause::InvalidAttributeValue);
  const auto routes = routes_of(*config_, answer->value_or(Group{.name = std::string{configured}}));
  // What its client may reach is agreed in its Child SA.
  const auto reaches_the_same = [&](ike::IkeSaId id) { return sessions_.find(id)->rule->routes == routes; };
  if (!std::ranges::all_of(sessions_of(std::get<radius::ChangeOfAuthorization>(ask.what).sessions), reaches_the_same))
    return radius_->refuse(order, radius::ErrorCause::AdministrativelyProhibited);
  change(now, ask, granted);
}

void Orders::change(Instant now, const radius::DynamicAsk& ask, const radius::Grant& granted) {
  const auto& order = std::get<radius::ChangeOfAuthorization>(ask.what);
  const auto chosen = sessions_of(order.sessions);
  if (chosen.empty()) return radius_->refuse(ask.id, radius::ErrorCause::SessionContextNotFound);
  for (const ike::IkeSaId id : chosen) {
    change(now, id, granted);
    conclusions_.emplace_back(
        Event{SessionChanged{id, sessions_.find(id)->peer, ask.from.address.to_string(), names_of(order.attributes)}});
  }
  radius_->acknowledge(ask.id);
}

std::vector<ike::IkeSaId> Orders::sessions_of(const radius::SessionSelector& selector) const {
  std::vector<ike::IkeSaId> chosen;
  for (const auto& [id, session] : sessions_.all())
    if (session.is_established && !session.ending && is_one(session, selector)) chosen.push_back(id);
  return chosen;
}

// A Session-Timeout counts from now on, as the server has just said it.
void Orders::change(Instant now, ike::IkeSaId id, const radius::Grant& granted) {
  sessions_.change(id, [&](Session& session) {
    if (granted.session_timeout)
      session.session_timeout =
          *granted.session_timeout > 0s ? now - session.since + *granted.session_timeout : Duration{0};
    if (granted.idle_timeout) session.idle_timeout = *granted.idle_timeout;
    if (!granted.classes.empty()) session.classes = granted.classes;
    if (granted.interim_interval) session.interim_interval = *granted.interim_interval;
    if (granted.filter_ids.empty()) return;
    session.named = groups_named({.filter_ids = granted.filter_ids}, config_->rules);
    session.login_group = rule_named(*config_, session.named.back()).name;
  });
  // Tickets from before grant what was granted then.
  if (const Bytes& login = sessions_.find(id)->login_id; !login.empty())
    conclusions_.emplace_back(EndTickets{id, login});
  // What that group gets, the owner says.
  if (!granted.filter_ids.empty()) conclusions_.emplace_back(UserAsk{id, sessions_.find(id)->recheck()});
}

}  // namespace agilevpn::gateway
