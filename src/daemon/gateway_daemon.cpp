#include "daemon/gateway_daemon.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/carry_out.h"
#include "daemon/limits.h"
#include "daemon/session_status.h"
#include "diagnosis/certificate_end.h"
#include "diagnosis/explain.h"
#include "gateway/parts.h"

namespace agilevpn::daemon {

using diagnosis::certificate_warning;
using diagnosis::is_valid;
using linux::now;

namespace {

Failure<Error> only_on_a_client(std::string_view verb) {
  return Failure{Error{fmt::format("a gateway has no connections to {}", verb), "agilevpn status lists its sessions"}};
}

bool has_default_route(const mobility::Link& link) {
  return std::ranges::any_of(link.routes,
                             [](const mobility::LinkRoute& route) { return route.destination.length == 0; });
}

// Inside a protected network: a prefix that clients reach through the tunnel, unless that is everything.
bool is_protected(const gateway::Config& config, const IpAddress& address) {
  return std::ranges::any_of(config.rules, [&](const gateway::ConnectionRule& rule) {
    return std::ranges::any_of(rule.routes,
                               [&](const IpPrefix& route) { return route.length > 0 && route.contains(address); });
  });
}

}  // namespace

Result<std::unique_ptr<GatewayDaemon>, Error> GatewayDaemon::open(Service& service,
                                                                  control::config::GatewayConfig config,
                                                                  std::filesystem::path config_file) {
  std::unique_ptr<GatewayDaemon> daemon{new GatewayDaemon(service, std::move(config), std::move(config_file))};
  TRY(daemon->open_host());
  return daemon;
}

GatewayDaemon::GatewayDaemon(Service& service, control::config::GatewayConfig config, std::filesystem::path config_file)
    : service_(service),
      config_file_(std::move(config_file)),
      options_(std::move(config.host)),
      inner_addresses_(std::move(config.inner_addresses)),
      gateway_(std::move(config.gateway), std::move(config.credentials), service.random()),
      radius_(service.loop(), std::move(config.radius), gateway_, [this] { pump(); }),
      accounting_(service, options_.state_directory, gateway_),
      revocation_(service, std::move(config.trust), 0),
      reading_(service.loop()),
      reads_token_(config.token.has_value()),
      timer_(service.loop(), [this] { gateway_.handle_timeout(now()), pump(); }),
      traffic_(service.loop(), traffic_interval, [this] { report_traffic(); }),
      calendar_(service.loop(), calendar_interval,
                [this] {
                  gateway_.handle_wall_time(now(), linux::wall_now());
                  const auto today = std::chrono::floor<std::chrono::days>(linux::wall_now());
                  if (std::exchange(day_, today) != today)
                    gateway_.recheck(now());  // It may have been somebody's last.
                  look_at_certificate();
                  renew_ticket_keys();
                  pump();
                }),
      files_check_(service.loop(), files_interval, [this] {
        if (files_.has_settled_change()) reload();
      }) {
  files_.set(std::move(config.files));
  gateway_.log_keys(service.saves_keys());
  if (config.token) service.tokens().set(gateway_.config().certificate->key, *std::move(config.token));
}

Result<void, Error> GatewayDaemon::open_host() {
  accounting_.restore();
  gateway_.handle_wall_time(now(), linux::wall_now());
  TRY_ASSIGN(path_,
             PacketPath::open(
                 service_.loop(),
                 {.interface = options_.interface, .listen = options_.listen, .replay_window = options_.replay_window},
                 [this](const Path& path, ByteView datagram) {
                   gateway_.handle_datagram(now(), path, datagram);
                   pump();
                 }));
  linux::GatewayHostSettings settings{.interface = options_.interface,
                                      .masquerades = options_.masquerades,
                                      .state = options_.state_directory / "sysctls"};
  for (const IpPrefix& inner : inner_addresses_) settings.addresses.push_back(inner.address);
  for (const gateway::PoolConfig& pool : gateway_.config().pools) settings.pools.push_back(pool.prefix);
  for (const IpPrefix& framed : gateway_.config().framed_networks) settings.pools.push_back(framed);
  settings.networks = gateway_.config().client_networks;
  TRY_ASSIGN(auto host, linux::GatewayHost::set_up(settings));
  host_.emplace(std::move(host));
  for (const std::string& note : host_->notes()) service_.report(Severity::Info, "HostConfigured", note);
  TRY(open_users());
  TRY(open_ticket_keys());
  TRY(radius_.open());
  TRY_ASSIGN(watcher_,
             linux::NetworkWatcher::start(service_.loop(), {.interfaces = {options_.interface}},
                                          [this](const mobility::Network& network) { handle_network(network); }));
  handle_network(watcher_->network());
  return {};
}

Result<void, Error> GatewayDaemon::open_users() {
  TRY_ASSIGN(std::shared_ptr<store::UserDirectory> directory,
             store::UserDirectory::open(options_.state_directory, gateway_.config().mschap));
  TRY(directory->take_leases(linux::wall_now(),
                             [&](const auto& lease, const auto& owner) { gateway_.restore_lease(lease, owner); }));
  TRY_ASSIGN(auto firewall, linux::SessionFirewall::open(options_.interface));
  users_.emplace(service_, std::move(directory), std::move(firewall), *host_, gateway_, [this] { pump(); });
  return {};
}

Result<void, Error> GatewayDaemon::open_ticket_keys() {
  if (gateway_.config().settings.ticket_lifetime <= Duration{0}) return {};
  TRY_ASSIGN(ticket_keys_, TicketKeys::open(options_.state_directory / "ticket.keys"));
  TRY(ticket_keys_->renew(linux::wall_now(), service_.random()));
  gateway_.set_ticket_keys(ticket_keys_->copies());
  return {};
}

void GatewayDaemon::renew_ticket_keys() {
  if (!ticket_keys_) return;
  const auto renewed = ticket_keys_->renew(linux::wall_now(), service_.random());
  if (!renewed)
    return service_.report(
        Severity::Error, "TicketKeyNotKept",
        "the new key for tickets is not kept, so a restart asks users to log in: " + renewed.error().to_string());
  if (*renewed) gateway_.set_ticket_keys(ticket_keys_->copies());
}

Result<void, Error> GatewayDaemon::run() {
  TRY(service_.serve(*this));
  for (const std::string& weakness : ike::weaknesses(gateway_.config().policy))
    service_.report(Severity::Warning, "WeakPolicy", weakness);
  service_.report(Severity::Info, "GatewayStarted", fmt::format("{} waits for clients", gateway_.config().name));
  look_at_certificate();
  service_.run([this] { terminate(); }, [this] { reload(); });
  return {};
}

// Clients are told of every address that reaches us from outside: what we listen on, or what the host has on the links that
// lead to the internet, and on all but the protected networks where none does.
void GatewayDaemon::handle_network(const mobility::Network& network) {
  std::vector<IpPrefix> own;
  for (const mobility::Link& link : network.links)
    for (const mobility::LinkAddress& a : link.addresses) own.push_back({a.address, a.prefix_length});
  gateway_.handle_own_networks(std::move(own));
  std::vector<IpAddress> addresses = options_.listen;
  if (addresses.empty()) {
    const bool is_online = std::ranges::any_of(network.links, has_default_route);
    for (const mobility::Link& link : network.links)
      for (const mobility::LinkAddress& a : link.addresses)
        if (link.is_up && !a.is_tentative && !a.address.is_link_local() &&
            !is_protected(gateway_.config(), a.address) && (!is_online || has_default_route(link)))
          addresses.push_back(a.address);
  }
  gateway_.handle_addresses(now(), std::move(addresses));
  pump();
}

void GatewayDaemon::report_traffic() {
  for (const ike::TrafficReport& report : path_->traffic()) gateway_.handle_traffic(now(), report);
  users_->restore_firewall();
  pump();
}

void GatewayDaemon::sign(const ike::Ask& ask) {
  service_.tokens().sign(std::get<ike::Sign>(ask.question), [this, id = ask.id](ike::Answer answer) {
    gateway_.handle_answer(now(), id, std::move(answer));
    pump();
  });
}

void GatewayDaemon::pump() {
  if (users_)
    while (auto ask = gateway_.poll_user_ask()) users_->send(*std::move(ask));
  while (const auto ask = gateway_.poll_revocation_ask())
    revocation_.check(*ask, [this, id = ask->id](const ike::RevocationAnswer& answer) {
      gateway_.handle_revocation(now(), id, answer);
      pump();
    });
  radius_.pump();
  carry_out(gateway_, path_.get(), service_, [this](const ike::Ask& ask) { sign(ask); });
  for (const ike::TrafficReport& report : path_->last_traffic()) gateway_.handle_traffic(now(), report);
  while (const auto event = gateway_.poll_event()) {
    if (std::holds_alternative<gateway::SessionStarted>(*event)) ++clients_;
    if (std::holds_alternative<gateway::SessionEnded>(*event)) --clients_;
    attempts_.handle_event(linux::wall_now(), *event);
    service_.report(subjects_.to_record(*event));
  }
  radius_.pump();  // Accounting of what has just ended.
  accounting_.pump();
  service_.show(fmt::format("{} clients", clients_));
  timer_.arm(gateway_.poll_timeout());
}

control::Status GatewayDaemon::status() {
  control::Status status{
      .role = "gateway", .name = gateway_.config().name, .version = AGILEVPN_VERSION, .since = service_.since()};
  const Moment moment{now(), linux::wall_now()};
  for (const gateway::SessionInfo& session : gateway_.sessions()) status.sessions.push_back(to_status(session, moment));
  status.warnings = gateway_.warnings();
  std::ranges::move(ike::weaknesses(gateway_.config().policy), std::back_inserter(status.warnings));
  status.drops = path_->drops();
  const auto& own = gateway_.config().certificate;
  if (auto warning = own ? certificate_warning(*own, moment.wall_now) : std::nullopt)
    status.warnings.push_back(*std::move(warning));
  return status;
}

std::vector<control::ConnectionStatus> GatewayDaemon::connections() {
  std::vector<control::ConnectionStatus> all;
  const gateway::Config& config = gateway_.config();
  for (const gateway::ConnectionRule& rule : config.rules)
    all.push_back({rule.name, config.name, config.identity.to_string(), true, "waiting for clients"});
  return all;
}

std::optional<diagnosis::Diagnosis> GatewayDaemon::why(std::string_view who) {
  const auto* attempt = attempts_.last(who);
  return attempt ? std::optional{diagnosis::explain(*attempt, gateway_.config())} : std::nullopt;
}

Result<control::UpAnswer, Error> GatewayDaemon::up(std::string_view, Secret) { return only_on_a_client("bring up"); }
Result<void, Error> GatewayDaemon::answer(std::string_view, Secret) { return only_on_a_client("answer"); }
Result<void, Error> GatewayDaemon::down(std::string_view) { return only_on_a_client("take down"); }
Result<void, Error> GatewayDaemon::move(std::string_view, std::string_view) { return only_on_a_client("move"); }

Result<ike::IkeSaId, Error> GatewayDaemon::find(std::uint64_t session) const {
  const auto sessions = gateway_.sessions();
  if (std::ranges::find(sessions, ike::IkeSaId{session}, &gateway::SessionInfo::id) == sessions.end())
    return Failure{Error{fmt::format("there is no session {}", session), "agilevpn status lists them"}};
  return ike::IkeSaId{session};
}

Result<void, Error> GatewayDaemon::disconnect(std::uint64_t session) {
  TRY_ASSIGN(const ike::IkeSaId id, find(session));
  gateway_.disconnect(now(), id);
  pump();
  return {};
}

Result<void, Error> GatewayDaemon::rekey(std::uint64_t session, control::Rekey what) {
  TRY_ASSIGN(const ike::IkeSaId id, find(session));
  if (what != control::Rekey::IkeSa) gateway_.rekey_child_sas(now(), id);
  if (what != control::Rekey::ChildSas) gateway_.rekey(now(), id);
  pump();
  return {};
}

Result<void, Error> GatewayDaemon::save_keys(const std::optional<std::filesystem::path>& directory) {
  TRY(service_.save_keys(directory));
  gateway_.log_keys(service_.saves_keys());
  pump();
  return {};
}

void GatewayDaemon::terminate() {
  gateway_.shut_down(now());
  pump();
  const Instant begin = now();
  ending_.emplace(service_.loop(), goodbye_check, [this, begin] {
    const Duration patience = gateway_.sessions().empty() ? Duration{records_patience} : Duration{goodbye_patience};
    const bool is_kept = accounting_.is_idle() || now() >= begin + patience + goodbye_patience;
    if (is_kept && (gateway_.has_shut_down() || now() >= begin + patience)) service_.stop();
  });
}

void GatewayDaemon::look_at_certificate() {
  const auto& own = gateway_.config().certificate;
  const auto warning = own ? certificate_warning(*own, linux::wall_now()) : std::nullopt;
  if (warning && *warning != told_of_certificate_) service_.report(Severity::Warning, "CertificateEnds", *warning);
  told_of_certificate_ = warning.value_or("");
}

void GatewayDaemon::reload() {
  if (!reads_token_) return take(control::config::load_gateway(config_file_));
  reading_.run([this, file = config_file_]() -> linux::Background::Conclusion {
    const auto read = std::make_shared<Result<control::config::GatewayConfig, std::vector<Error>>>(
        control::config::load_gateway(file));
    return [this, read] { take(std::move(*read)); };
  });
}

void GatewayDaemon::take(Result<control::config::GatewayConfig, std::vector<Error>> config) {
  if (!config) return service_.refuse_configuration(config.error());
  const auto& fresh = config->gateway.certificate;
  const auto& own = gateway_.config().certificate;
  const WallTime today = linux::wall_now();
  if (fresh && own && !is_valid(*fresh, today) && is_valid(*own, today))
    return service_.refuse_configuration({Error{"the new certificate is not valid today", {}}});
  if (const auto why = gateway::why_only_by_restart(config->gateway, gateway_.config()))
    return service_.refuse_configuration({Error{*why, {}}});
  service_.report(config->warnings);
  reads_token_ = config->token.has_value();
  if (config->token) service_.tokens().set(fresh->key, *std::move(config->token));
  files_.set(std::move(config->files));
  revocation_.set_trust(std::move(config->trust));
  const auto unchanged = gateway_.reconfigure(now(), std::move(config->gateway), std::move(config->credentials));
  gateway_.recheck(now());
  pump();
  service_.report(Severity::Info, "ConfigurationRead", config_file_.string() + " counts for who connects from now on");
  for (const std::string& what : unchanged)
    service_.report(
        Severity::Warning, "RestartNeeded",
        what + ": what the file has now counts from the next start on (sudo systemctl restart agilevpn-gateway)");
  look_at_certificate();
}

}  // namespace agilevpn::daemon
