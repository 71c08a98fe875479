#include "daemon/connection_host.h"

#include <fmt/format.h>

#include "control/config/credential_files.h"
#include "daemon/carry_out.h"
#include "daemon/limits.h"
#include "linux/host_network.h"
#include "linux/inner_keepalive.h"
#include "linux/reverse_path.h"

namespace agilevpn::daemon {

using linux::now;

ConnectionHost::ConnectionHost(Service& service, control::config::ClientConnection config, std::uint32_t replay_window)
    : service_(service),
      interface_(std::move(config.interface)),
      is_automatic_(config.is_automatic),
      replay_window_(replay_window),
      preferred_(config.profile.mobility.prefer),
      token_certificate_(std::move(config.token_certificate)),
      password_file_(std::move(config.password_file)),
      connection_(std::move(config.profile), std::move(config.credentials), service.random()),
      revocation_(service, std::move(config.trust), linux::outer_mark),
      lookup_(service.loop()),
      timer_(service.loop(), [this] { connection_.handle_timeout(now()), pump(); }),
      over_(service.loop(),
            [this] {
              if (connection_.is_at_rest()) close();
            }),
      traffic_(service.loop(), traffic_interval, [this] { report_traffic(); }) {
  connection_.handle_wall_time(now(), linux::wall_now());  // The daemon tells when it is set.
  connection_.log_keys(service.saves_keys());
  service.tokens().forget_pin(connection_.profile().name);  // It may be another token by now.
  if (token_certificate_) token_ = token_certificate_->copy();
  if (!config.token) return;
  token_ = config.token->key.copy();
  service.tokens().set(connection_.profile().name, *std::move(config.token));
}

Result<std::string, Error> ConnectionHost::unlock_token(Secret pin) {
  if (!token_) return std::string{};
  service_.tokens().retry_pin(connection_.profile().name, std::move(pin));
  return service_.tokens().pin_wanted(connection_.profile().name, *token_);
}

Result<void, Error> ConnectionHost::read_token() {
  const std::string& name = connection_.profile().name;
  if (!token_certificate_) return {};
  TRY_ASSIGN(const auto found, service_.tokens().read_certificate(name, *token_certificate_));
  auto own = control::config::token_credentials(token_certificate_->copy(), found, name);
  const ike::wire::Identity& local = connection_.profile().local;
  connection_.identify(std::move(own.auth), local.data.empty() ? ike::identity_of(own.certificate) : local);
  service_.tokens().set(name, std::move(own.login));
  return {};
}

Result<void, Error> ConnectionHost::up() {
  if (is_off()) {
    TRY_ASSIGN(auto host, linux::TunnelHost::open(interface_));
    TRY_ASSIGN(
        path_,
        PacketPath::open(service_.loop(), {.interface = interface_, .is_client = true, .replay_window = replay_window_},
                         [this](const Path& path, ByteView datagram) { handle_datagram(path, datagram); }));
    host_.emplace(std::move(host));
    for (const std::string& weakness : ike::weaknesses(connection_.profile().policy))
      service_.report(Severity::Warning, "WeakPolicy", weakness, connection_.profile().name);
    if (const auto warning = linux::reverse_path_warning(); !warning.empty())
      service_.report(Severity::Warning, "ReversePathFilter", warning, connection_.profile().name);
  }
  connection_.up(now());
  pump();
  return {};
}

bool ConnectionHost::renew_login(const control::config::ClientConnection& fresh) {
  if (is_over()) return false;
  const bool uses_token = token_ || fresh.token || fresh.token_certificate;
  const bool is_renewed = !uses_token && connection_.change_login(now(), fresh.profile, fresh.credentials);
  if (is_renewed) password_file_ = fresh.password_file;
  connection_.up(now());
  pump();
  return is_renewed;
}

void ConnectionHost::down() {
  connection_.down(now());
  connection_.prefer(now(), preferred_);
  pump();
}

void ConnectionHost::move_to(const std::string& adapter) {
  std::vector<std::string> order = preferred_;
  if (!adapter.empty()) order.insert(order.begin(), adapter);
  connection_.prefer(now(), std::move(order));
  pump();
}

void ConnectionHost::rekey(control::Rekey what) {
  if (what != control::Rekey::IkeSa) connection_.rekey_child_sas(now());
  if (what != control::Rekey::ChildSas) connection_.rekey(now());
  pump();
}

void ConnectionHost::log_keys() {
  connection_.log_keys(service_.saves_keys());
  pump();
}

void ConnectionHost::handle_network(const mobility::Network& network) {
  connection_.handle_network(now(), network);
  pump();
}

void ConnectionHost::handle_wall_time(WallTime wall_time) {
  connection_.handle_wall_time(now(), wall_time);
  pump();
}

void ConnectionHost::handle_user(Secret answer) {
  connection_.handle_user(now(), std::move(answer));
  pump();
}

std::optional<diagnosis::Diagnosis> ConnectionHost::why() const {
  const auto* attempt = attempts_.last();
  return attempt ? std::optional{diagnosis::explain(*attempt, connection_.profile())} : std::nullopt;
}

void ConnectionHost::handle_datagram(const Path& path, ByteView datagram) {
  connection_.handle_datagram(now(), path, datagram);
  pump();
}

void ConnectionHost::report_traffic() {
  if (is_off()) return;
  for (const ike::TrafficReport& report : path_->traffic()) connection_.handle_traffic(now(), report);
  pump();
}

void ConnectionHost::sign(const ike::Ask& ask) {
  service_.tokens().sign(std::get<ike::Sign>(ask.question),
                         [this, id = ask.id, still_here = std::weak_ptr(here_)](ike::Answer answer) {
                           if (still_here.expired()) return;  // The configuration has no such connection any more.
                           connection_.handle_answer(now(), id, std::move(answer));
                           pump();
                         });
}

void ConnectionHost::read_password() {
  if (!password_file_) return;
  auto password = control::config::load_secret(*password_file_);
  if (password) return connection_.change_password(*std::move(password));
  service_.report(Severity::Warning, "PasswordNotRead",
                  fmt::format("the password before is tried: {}", password.error().to_string()),
                  connection_.profile().name);
}

void ConnectionHost::pump() {
  carry_out(connection_, path_.get(), service_, [this](const ike::Ask& ask) { sign(ask); });
  while (const auto ask = connection_.poll_revocation_ask())
    revocation_.check(*ask, [this, id = ask->id](const ike::RevocationAnswer& answer) {
      connection_.handle_revocation(now(), id, answer);
      pump();
    });
  while (const auto keepalive = connection_.poll_keepalive())
    if (path_) path_->send_keepalive(*keepalive);
  while (const auto keepalive = connection_.poll_inner_keepalive()) linux::send_octet(keepalive->from, keepalive->to);
  while (auto name = connection_.poll_resolve())
    lookup_.resolve(*std::move(name), [this](linux::LookupResult result) {
      connection_.handle_resolved(now(), std::move(result.addresses), std::move(result.reason));
      pump();
    });
  while (const auto change = connection_.poll_host_change()) change_host(*change);
  while (const auto event = connection_.poll_event()) {
    if (std::holds_alternative<client::ConnectStarted>(*event)) read_password();
    attempts_.handle_event(linux::wall_now(), *event);
    service_.report(client::to_record(*event, connection_.profile().name));
  }
  timer_.arm(connection_.poll_timeout());
  if (!is_off())
    service_.show(fmt::format("{}: {}", connection_.profile().name, client::to_string(connection_.state())));
  if (connection_.is_at_rest() && !is_off()) over_.arm(now());  // Not here: the packet path may be what called us.
}

void ConnectionHost::change_host(const client::HostChange& change) {
  if (!host_) return;
  const auto* tunnel = std::get_if<client::TunnelUp>(&change);
  if (!tunnel) return host_->down();
  if (const auto done = host_->up(*tunnel); !done)
    service_.report(Severity::Error, "HostNotConfigured", done.error().to_string(), connection_.profile().name);
  if (!host_->name_servers_warning().empty())
    service_.report(Severity::Warning, "NamesOutsideTunnel", host_->name_servers_warning(), connection_.profile().name);
}

bool ConnectionHost::is_over() const {
  const client::State state = connection_.state();
  return state == client::State::Off || state == client::State::Failed;
}

void ConnectionHost::close() {
  host_.reset();  // While its interface is still there.
  path_.reset();
}

}  // namespace agilevpn::daemon
