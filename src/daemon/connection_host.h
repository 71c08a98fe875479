// One connection of client.toml, and what it has on this host while it is up: an interface, a socket, routes.
#pragma once

#include <memory>
#include <optional>

#include "client/connection.h"
#include "control/config/client_config.h"
#include "daemon/packet_path.h"
#include "daemon/revocation_checker.h"
#include "daemon/service.h"
#include "diagnosis/client_attempts.h"
#include "linux/name_lookup.h"
#include "linux/tunnel_host.h"

namespace agilevpn::daemon {

class ConnectionHost {
 public:
  ConnectionHost(Service& service, control::config::ClientConnection config, std::uint32_t replay_window);

  // With the PIN that the user typed, if any. The token that asks for one which nobody has given; empty: none.
  Result<std::string, Error> unlock_token(Secret pin);
  // Our certificate, if it is on a token; before up().
  Result<void, Error> read_token();
  // Opens the interface and the socket and begins. While it is up, it stays so.
  Result<void, Error> up();
  // Who waits for its next attempt to connect waits no longer. If it has no session, it logs in as `fresh` says; true. A
  // login by token stays as it is until it is up again.
  bool renew_login(const control::config::ClientConnection& fresh);
  // Says goodbye to the gateway. What is on the host goes away when is_off(), which takes the gateway's answer.
  void down();
  // It is down, or has given up, and may still wait for the gateway's answer.
  bool is_over() const;
  // Waits no longer.
  void close();
  // Prefers this adapter, until it is down. Empty: what its configuration says.
  void move_to(const std::string& adapter);
  void rekey(control::Rekey what);
  // Begins or ends to log keys, as the service says.
  void log_keys();
  void handle_network(const mobility::Network& network);
  void handle_wall_time(WallTime wall_time);
  // The user's answer to what the gateway asks.
  void handle_user(Secret answer);
  // Its last attempt to connect that failed.
  std::optional<diagnosis::Diagnosis> why() const;

  // Down, and nothing of it is left on this host.
  bool is_off() const { return !path_; }
  bool is_automatic() const { return is_automatic_; }
  const std::string& interface() const { return interface_; }
  control::Drops drops() const { return path_ ? path_->drops() : control::Drops{}; }
  const client::Connection& connection() const { return connection_; }

 private:
  void handle_datagram(const Path& path, ByteView datagram);
  void report_traffic();
  void sign(const ike::Ask& ask);
  // What the password's file says now, if there is one: before the attempt that begins comes to its login.
  void read_password();
  // Carries out all that the connection says, and waits for its next deadline.
  void pump();
  void change_host(const client::HostChange& change);

  Service& service_;
  std::string interface_;
  bool is_automatic_;
  std::uint32_t replay_window_;
  std::vector<std::string> preferred_;                // Adapters, as configured.
  std::optional<linux::TokenKey> token_;              // Where our private key is, if on a token,
  std::optional<linux::TokenKey> token_certificate_;  // and our certificate.
  std::optional<std::filesystem::path> password_file_;
  std::shared_ptr<const bool> here_ = std::make_shared<const bool>(true);  // Answers may come after we are gone.
  client::Connection connection_;
  RevocationChecker revocation_;
  diagnosis::ClientAttempts attempts_;
  linux::NameLookup lookup_;
  linux::Timer timer_;
  linux::Timer over_;  // It is down or has given up: what is on the host goes, unless it is up again by then.
  Periodic traffic_;
  std::unique_ptr<PacketPath> path_;
  std::optional<linux::TunnelHost> host_;
};

}  // namespace agilevpn::daemon
