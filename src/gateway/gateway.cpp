#include "gateway/gateway.h"

#include "base/pop.h"
#include "gateway/core.h"

namespace agilevpn::gateway {

namespace {

// `work` on the client that the channel belongs to, if there is one.
template <class Core, class Work>
void with_radius(Core& core, const RadiusChannel& channel, const Work& work) {
  const auto with = [&](auto* client) {
    if (client) work(*client);
  };
  if (channel.purpose == RadiusChannel::Purpose::Logins) return with(core.logins.radius());
  with(core.sessions.radius());
}

}  // namespace

Gateway::Gateway(Config config, ike::Credentials credentials, Random& random)
    : core_(std::make_unique<Core>(std::move(config), std::move(credentials), random)) {}
Gateway::~Gateway() = default;

std::vector<std::string> Gateway::reconfigure(Config config, ike::Credentials credentials) {
  return core_->reconfigure(std::move(config), std::move(credentials));
}

void Gateway::handle_wall_time(Instant now, WallTime wall_time) {
  core_->calendar.set(now, wall_time);
  core_->endpoint.handle_wall_time(now, wall_time);
  core_->sessions.handle_wall_time(now, wall_time);
}

void Gateway::handle_addresses(Instant now, std::vector<IpAddress> addresses) {
  core_->endpoint.announce_addresses(now, std::move(addresses));
  core_->settle(now);
}

void Gateway::handle_own_networks(std::vector<IpPrefix> networks) {
  core_->openings.networks().set_own(std::move(networks));
}

void Gateway::handle_datagram(Instant now, const Path& path, ByteView datagram) {
  core_->endpoint.handle_datagram(now, path, datagram);
  core_->settle(now);
}

void Gateway::handle_traffic(Instant now, const ike::TrafficReport& report) {
  core_->endpoint.handle_traffic(now, report);
  core_->sessions.handle_traffic(now, report);
  core_->settle(now);
}

void Gateway::handle_answer(Instant now, ike::AskId ask, ike::Answer answer) {
  core_->endpoint.handle_answer(now, ask, std::move(answer));
  core_->settle(now);
}

void Gateway::handle_revocation(Instant now, ike::AskId ask, const ike::RevocationAnswer& answer) {
  core_->admissions.handle_revocation(now, core_->calendar(now), ask, answer);
  core_->logins.handle_revocation(now, ask, answer);
  core_->settle(now);
}

void Gateway::handle_user(Instant now, ike::IkeSaId ike_sa, UserAnswer answer) {
  core_->logins.handle_user(now, ike_sa, std::move(answer));
  core_->settle(now);
}

void Gateway::handle_authorization(Instant now, ike::IkeSaId ike_sa, Authorization answer) {
  core_->openings.handle_authorization(now, ike_sa, std::move(answer));
  core_->settle(now);
}

void Gateway::handle_group(Instant now, std::uint64_t order, const GroupAnswer& answer) {
  core_->orders.handle_group(now, order, answer);
  core_->settle(now);
}

void Gateway::handle_kept(Instant now, ike::IkeSaId ike_sa, const Kept& kept) {
  core_->openings.handle_kept(now, core_->calendar(now), ike_sa, kept);
  core_->settle(now);
}

void Gateway::restore_lease(const LeasedAddress& lease, const std::string& owner) {
  core_->openings.leases().restore(lease, owner);
}

void Gateway::restore_accounting(Instant now, WallTime date, const radius::KeptAccounting& kept) {
  if (auto* const accounting = core_->sessions.radius()) accounting->restore(now, date, kept);
  core_->sessions.keep_accounting_anew(now, date);
}

void Gateway::keep_accounting_anew(Instant now) { core_->sessions.keep_accounting_anew(now, core_->calendar(now)); }

void Gateway::set_ticket_keys(std::vector<ike::TicketKey> keys) { core_->endpoint.set_ticket_keys(std::move(keys)); }

void Gateway::recheck(Instant now) {
  core_->openings.recheck();
  core_->end_revoked(now);
  core_->settle(now);
}

void Gateway::handle_radius_datagram(Instant now, const RadiusChannel& channel, ByteView datagram) {
  with_radius(*core_, channel, [&](auto& client) { client.handle_datagram(now, channel.channel, datagram); });
  core_->settle(now);
}

void Gateway::handle_radius_refusal(Instant now, const RadiusChannel& channel, const std::string& why) {
  with_radius(*core_, channel, [&](auto& client) { client.handle_refusal(now, channel.channel.server, why); });
  core_->settle(now);
}

void Gateway::handle_radius_disconnect(Instant now, const RadiusChannel& channel, const std::string& why) {
  with_radius(*core_, channel, [&](auto& client) { client.handle_disconnect(now, channel.channel, why); });
  core_->settle(now);
}

void Gateway::handle_order(Instant now, const radius::Origin& origin, ByteView datagram) {
  core_->orders.handle_datagram(now, core_->calendar(now), origin, datagram);
  core_->settle(now);
}

void Gateway::handle_timeout(Instant now) {
  core_->endpoint.handle_timeout(now);
  core_->sessions.handle_timeout(now, core_->calendar(now));
  core_->logins.handle_timeout(now);
  core_->settle(now);
}

void Gateway::disconnect(Instant now, ike::IkeSaId session) {
  core_->close(now, session, {radius::AcctTerminateCause::AdminReset, "disconnected by the operator"});
  core_->settle(now);
}

void Gateway::rekey(Instant now, ike::IkeSaId session) {
  core_->endpoint.rekey_ike_sa(now, session);
  core_->settle(now);
}

void Gateway::rekey_child_sas(Instant now, ike::IkeSaId session) {
  if (const auto info = core_->endpoint.find(session))
    for (const ike::ChildSaInfo& child : info->child_sas) core_->endpoint.rekey_child_sa(now, child.child);
  core_->settle(now);
}

void Gateway::shut_down(Instant now) {
  core_->endpoint.refuse_new();  // Clients that hear our farewell come back at once.
  for (const auto& info : core_->endpoint.ike_sas())
    core_->close(now, info.ike_sa, {radius::AcctTerminateCause::AdminReboot, "the gateway shuts down"});
  core_->settle(now);
  core_->sessions.shut_down(now, core_->calendar(now));
}

bool Gateway::has_shut_down() const { return core_->sessions.has_shut_down(); }

std::optional<ike::Transmit> Gateway::poll_transmit() { return core_->endpoint.poll_transmit(); }
std::optional<ike::SaChange> Gateway::poll_sa_change() { return core_->endpoint.poll_sa_change(); }
std::optional<ike::Ask> Gateway::poll_ask() { return pop(core_->asks); }

std::optional<RadiusTransmit> Gateway::poll_radius_transmit() {
  using Purpose = RadiusChannel::Purpose;
  auto* const logins = core_->logins.radius();
  auto* const accounting = core_->sessions.radius();
  if (auto login = logins ? logins->poll_transmit() : std::nullopt)
    return RadiusTransmit{{Purpose::Logins, login->channel}, std::move(login->datagram)};
  if (auto record = accounting ? accounting->poll_transmit() : std::nullopt)
    return RadiusTransmit{{Purpose::Accounting, record->channel}, std::move(record->datagram)};
  return std::nullopt;
}

std::optional<radius::DynamicAuthorization::Transmit> Gateway::poll_order_answer() {
  return core_->orders.poll_transmit();
}

std::optional<radius::AccountingNote> Gateway::poll_accounting_note() {
  auto* const accounting = core_->sessions.radius();
  return accounting ? accounting->poll_note() : std::nullopt;
}

std::optional<ike::RevocationAsk> Gateway::poll_revocation_ask() { return pop(core_->revocation_asks); }
std::optional<UserAsk> Gateway::poll_user_ask() { return pop(core_->user_asks); }
std::optional<Event> Gateway::poll_event() { return core_->next_event(); }
void Gateway::log_keys(bool is_wanted) { core_->endpoint.log_keys(is_wanted); }
std::optional<ike::KeyLogEntry> Gateway::poll_key_log() { return core_->endpoint.poll_key_log(); }
std::optional<Instant> Gateway::poll_timeout() const { return core_->next_timeout(); }

std::vector<SessionInfo> Gateway::sessions() const { return core_->sessions.list(); }
std::size_t Gateway::half_open_count() const { return core_->endpoint.half_open_count(); }
std::vector<std::string> Gateway::warnings() const { return core_->openings.leases().warnings(); }
const Config& Gateway::config() const { return *core_->config; }

}  // namespace agilevpn::gateway
