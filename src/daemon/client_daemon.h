// agilevpnd as a client: the connections of client.toml, of which one is up at a time, and the network that they roam.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "control/backend.h"
#include "daemon/connection_host.h"
#include "linux/host_lock.h"
#include "linux/network_watcher.h"

namespace agilevpn::daemon {

class ClientDaemon final : public control::Backend {
 public:
  static Result<std::unique_ptr<ClientDaemon>, Error> open(Service& service, control::config::ClientConfig config,
                                                           std::filesystem::path config_file);
  // Brings up what is automatic, and returns after SIGTERM.
  Result<void, Error> run();
  // Reads the configuration again, as at SIGHUP.
  void reload();

  control::Status status() override;
  std::vector<control::ConnectionStatus> connections() override;
  std::vector<control::PathStatus> paths() override;
  std::optional<diagnosis::Diagnosis> why(std::string_view connection) override;
  Result<control::UpAnswer, Error> up(std::string_view connection, Secret pin) override;
  Result<void, Error> answer(std::string_view connection, Secret answer) override;
  Result<void, Error> down(std::string_view connection) override;
  Result<void, Error> disconnect(std::uint64_t session) override;
  Result<void, Error> rekey(std::uint64_t session, control::Rekey what) override;
  Result<void, Error> move(std::string_view connection, std::string_view adapter) override;
  Result<void, Error> save_keys(const std::optional<std::filesystem::path>& directory) override;

 private:
  ClientDaemon(Service& service, std::filesystem::path config_file);
  void take(control::config::ClientConfig config);
  Result<void, Error> start_watching();
  Result<void, Error> bring_up_automatic();
  // By its name; an empty one is the only connection there is.
  Result<ConnectionHost*, Error> find(std::string_view name);
  Result<ConnectionHost*, Error> find(std::uint64_t session);
  ConnectionHost* active() const;
  // One that is up stays so, and takes what `config` says of it out of that, for later. Says how it goes on.
  std::string keep(ConnectionHost& connection, control::config::ClientConfig& config);
  // All that are off. Returns the one that had failed; empty: none had.
  std::string take_off();
  // What a reload said of a connection that was up then counts from now on; an error if it is not configured any more.
  Result<ConnectionHost*, Error> renew(ConnectionHost& former);
  void terminate();

  Service& service_;
  std::optional<linux::HostLock> lock_;  // Two would take each other's routes away.
  std::filesystem::path config_file_;
  std::vector<std::unique_ptr<ConnectionHost>> connections_;
  // Of those that were up at the last reload: what they are next, if they are configured at all.
  std::map<std::string, std::optional<control::config::ClientConnection>> renewals_;
  std::uint32_t replay_window_ = 0;
  std::unique_ptr<linux::NetworkWatcher> watcher_;
  Periodic calendar_;
  std::optional<Periodic> ending_;
};

}  // namespace agilevpn::daemon
