#include "daemon/client_daemon.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/limits.h"
#include "daemon/session_status.h"
#include "diagnosis/certificate_end.h"
#include "linux/host_network.h"
#include "linux/reverse_path.h"

namespace agilevpn::daemon {

using diagnosis::certificate_warning;

Result<std::unique_ptr<ClientDaemon>, Error> ClientDaemon::open(Service& service, control::config::ClientConfig config,
                                                                std::filesystem::path config_file) {
  TRY_ASSIGN(auto lock, linux::HostLock::take("client"));  // Before what it set up is taken for leftovers.
  TRY_ASSIGN(const std::size_t leftovers, linux::TunnelHost::remove_leftovers());
  if (leftovers > 0)
    service.report(Severity::Warning, "LeftoversRemoved",
                   fmt::format("removed {} policy rules that a killed run left behind", leftovers));
  std::unique_ptr<ClientDaemon> daemon{new ClientDaemon(service, std::move(config_file))};
  daemon->lock_.emplace(std::move(lock));
  daemon->take(std::move(config));
  TRY(daemon->start_watching());
  return daemon;
}

ClientDaemon::ClientDaemon(Service& service, std::filesystem::path config_file)
    : service_(service), config_file_(std::move(config_file)), calendar_(service.loop(), calendar_interval, [this] {
        for (const auto& connection : connections_) connection->handle_wall_time(linux::wall_now());
      }) {}

void ClientDaemon::take(control::config::ClientConfig config) {
  replay_window_ = config.host.replay_window;
  for (auto& connection : config.connections)
    connections_.push_back(std::make_unique<ConnectionHost>(service_, std::move(connection), replay_window_));
}

Result<void, Error> ClientDaemon::start_watching() {
  linux::OwnTunnel tunnel{.interfaces = {}, .route_table = linux::tunnel_table};
  for (const auto& connection : connections_) tunnel.interfaces.push_back(connection->interface());
  TRY_ASSIGN(watcher_,
             linux::NetworkWatcher::start(service_.loop(), std::move(tunnel), [this](const mobility::Network& network) {
               for (const auto& connection : connections_) connection->handle_network(network);
             }));
  for (const auto& connection : connections_) connection->handle_network(watcher_->network());
  return {};
}

Result<void, Error> ClientDaemon::run() {
  TRY(service_.serve(*this));
  TRY(bring_up_automatic());
  service_.run([this] { terminate(); }, [this] { reload(); });
  return {};
}

Result<void, Error> ClientDaemon::bring_up_automatic() {
  for (const auto& connection : connections_) {
    if (!connection->is_automatic()) continue;
    if (const auto* other = active()) {
      service_.report(Severity::Warning, "NotStarted",
                      fmt::format("{} is not started: {} is up", connection->connection().profile().name,
                                  other->connection().profile().name));
    } else if (const auto read = connection->read_token(); !read) {  // A smart card may come later.
      service_.report(
          Severity::Warning, "NotStarted",
          fmt::format("{} is not started: {}", connection->connection().profile().name, read.error().to_string()));
    } else {
      TRY(connection->up());
    }
  }
  return {};
}

ConnectionHost* ClientDaemon::active() const {
  const auto found = std::ranges::find_if(connections_, [](const auto& connection) { return !connection->is_off(); });
  return found == connections_.end() ? nullptr : found->get();
}

Result<ConnectionHost*, Error> ClientDaemon::find(std::string_view name) {
  if (name.empty() && connections_.size() == 1) return connections_.front().get();
  std::vector<std::string> names;
  for (const auto& connection : connections_) {
    if (connection->connection().profile().name == name) return connection.get();
    names.push_back(connection->connection().profile().name);
  }
  return Failure{Error{name.empty() ? "there are several connections" : fmt::format("there is no connection {}", name),
                       fmt::format("name one of: {}", fmt::join(names, ", "))}};
}

control::Status ClientDaemon::status() {
  control::Status status{.role = "client", .name = {}, .version = AGILEVPN_VERSION, .since = service_.since()};
  if (auto warning = linux::reverse_path_warning(); !warning.empty()) status.warnings.push_back(std::move(warning));
  const Moment moment{linux::now(), linux::wall_now()};
  std::uint64_t id = 0;
  for (const auto& connection : connections_) {
    status.sessions.push_back(to_status(connection->connection().session(), ++id, moment));
    const auto* own = std::get_if<ike::CertificateAuth>(&connection->connection().profile().auth);
    if (auto warning = own ? certificate_warning(*own, moment.wall_now) : std::nullopt)
      status.warnings.push_back(*std::move(warning));
    std::ranges::move(ike::weaknesses(connection->connection().profile().policy), std::back_inserter(status.warnings));
    status.drops.merge(connection->drops());  // One is up at a time.
  }
  return status;
}

std::vector<control::ConnectionStatus> ClientDaemon::connections() {
  std::vector<control::ConnectionStatus> all;
  for (const auto& connection : connections_) {
    const client::Profile& profile = connection->connection().profile();
    all.push_back({profile.name, profile.gateway, profile.local.to_string(), connection->is_automatic(),
                   std::string(client::to_string(connection->connection().state()))});
  }
  return all;
}

std::vector<control::PathStatus> ClientDaemon::paths() {
  std::vector<control::PathStatus> all;
  for (const auto& connection : connections_) {
    const client::SessionInfo session = connection->connection().session();
    unsigned rank = 0;
    for (const mobility::Candidate& candidate : connection->connection().candidates(linux::now())) {
      all.push_back(to_status(candidate, session));
      all.back().rank = ++rank;
    }
  }
  return all;
}

std::optional<diagnosis::Diagnosis> ClientDaemon::why(std::string_view name) {
  std::optional<diagnosis::Diagnosis> newest;
  for (const auto& connection : connections_) {
    if (!name.empty() && connection->connection().profile().name != name) continue;
    auto found = connection->why();
    if (found && (!newest || found->at >= newest->at)) newest = std::move(found);
  }
  return newest;
}

Result<control::UpAnswer, Error> ClientDaemon::up(std::string_view name, Secret pin) {
  TRY_ASSIGN(ConnectionHost * connection, find(name));
  if (auto* other = active(); other && other != connection) {
    if (!other->is_over())
      return Failure{
          Error{fmt::format("{} is up, and there is one connection at a time", other->connection().profile().name),
                fmt::format("agilevpn down {}", other->connection().profile().name)}};
    other->close();
  }
  if (connection->is_over()) {
    TRY_ASSIGN(connection, renew(*connection));
    TRY_ASSIGN(std::string asking, connection->unlock_token(std::move(pin)));
    if (!asking.empty()) return control::UpAnswer{std::move(asking)};
    TRY(connection->read_token());
  }
  TRY(connection->up());
  return control::UpAnswer{};
}

Result<ConnectionHost*, Error> ClientDaemon::renew(ConnectionHost& former) {
  const std::string name = former.connection().profile().name;
  auto renewal = renewals_.extract(name);
  if (renewal.empty()) return &former;
  former.close();
  const auto place = std::ranges::find(connections_, &former, &std::unique_ptr<ConnectionHost>::get);
  if (renewal.mapped())
    *place = std::make_unique<ConnectionHost>(service_, *std::move(renewal.mapped()), replay_window_);
  else
    connections_.erase(place);
  TRY(start_watching());
  return find(name);
}

Result<void, Error> ClientDaemon::answer(std::string_view name, Secret answer) {
  TRY_ASSIGN(ConnectionHost * connection, find(name));
  if (!connection->connection().session().question)
    return Failure{Error{fmt::format("{} asks nothing (any more)", connection->connection().profile().name), {}}};
  connection->handle_user(std::move(answer));
  return {};
}

Result<void, Error> ClientDaemon::down(std::string_view name) {
  TRY_ASSIGN(ConnectionHost * connection, find(name));
  connection->down();
  return {};
}

Result<ConnectionHost*, Error> ClientDaemon::find(std::uint64_t session) {
  if (session == 0 || session > connections_.size())
    return Failure{Error{fmt::format("there is no session {}", session), {}}};
  return connections_[session - 1].get();
}

Result<void, Error> ClientDaemon::disconnect(std::uint64_t session) {
  TRY_ASSIGN(ConnectionHost * connection, find(session));
  connection->down();
  return {};
}

Result<void, Error> ClientDaemon::rekey(std::uint64_t session, control::Rekey what) {
  TRY_ASSIGN(ConnectionHost * connection, find(session));
  if (connection->connection().state() != client::State::Connected)
    return Failure{Error{fmt::format("{} is not connected", connection->connection().profile().name), {}}};
  connection->rekey(what);
  return {};
}

Result<void, Error> ClientDaemon::move(std::string_view name, std::string_view adapter) {
  TRY_ASSIGN(ConnectionHost * connection, find(name));
  const auto& links = watcher_->network().links;
  if (!adapter.empty() && std::ranges::find(links, adapter, &mobility::Link::name) == links.end())
    return Failure{Error{fmt::format("there is no network adapter {}", adapter), "agilevpn paths lists them"}};
  connection->move_to(std::string(adapter));
  return {};
}

Result<void, Error> ClientDaemon::save_keys(const std::optional<std::filesystem::path>& directory) {
  TRY(service_.save_keys(directory));
  for (const auto& connection : connections_) connection->log_keys();
  return {};
}

void ClientDaemon::terminate() {
  for (const auto& connection : connections_) connection->down();
  const Instant deadline = linux::now() + goodbye_patience;
  ending_.emplace(service_.loop(), goodbye_check, [this, deadline] {
    if (!active() || linux::now() >= deadline) service_.stop();
  });
}

// Connections that are up go on as they are, and begin with what the file says now when they are up again; who has no session
// logs in anew with it at once. The others have all of it at once, and one that had failed tries again.
void ClientDaemon::reload() {
  auto config = control::config::load_client(config_file_);
  if (!config) return service_.refuse_configuration(config.error());
  service_.report(config->warnings);
  const std::size_t known = config->connections.size();
  const std::string failed = take_off();
  renewals_.clear();
  for (const auto& connection : connections_)
    service_.report(Severity::Info, "ConnectionKept", keep(*connection, *config),
                    connection->connection().profile().name);
  take(*std::move(config));
  if (const auto watching = start_watching(); !watching)
    service_.report(Severity::Error, "NetworkNotWatched", watching.error().to_string());
  service_.report(Severity::Info, "ConfigurationRead",
                  fmt::format("{} connection{} in {}", known, known == 1 ? "" : "s", config_file_.string()));
  if (failed.empty() || active() || !find(failed)) return;
  if (const auto tried = up(failed, {}); !tried)
    service_.report(Severity::Warning, "NotStarted",
                    fmt::format("{} is not started: {}", failed, tried.error().to_string()));
}

std::string ClientDaemon::keep(ConnectionHost& connection, control::config::ClientConfig& config) {
  const std::string& name = connection.connection().profile().name;
  const auto has_name = [&](const auto& fresh) { return fresh.profile.name == name; };
  const auto fresh = std::ranges::find_if(config.connections, has_name);
  auto& renewal = renewals_[name];
  if (fresh == config.connections.end()) return "until it is down: it is not configured any more";
  const bool has_new_login = connection.renew_login(*fresh);
  renewal.emplace(std::move(*fresh));
  config.connections.erase(fresh);
  return has_new_login ? "with the login that is configured now; as it is otherwise, until it is down"
                       : "as it is until it is down";
}

std::string ClientDaemon::take_off() {
  std::string failed;
  for (const auto& connection : connections_)
    if (connection->is_off() && connection->connection().state() == client::State::Failed)
      failed = connection->connection().profile().name;
  std::erase_if(connections_, [](const auto& connection) { return connection->is_off(); });
  return failed;
}

}  // namespace agilevpn::daemon
