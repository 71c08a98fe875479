// agilevpnd as a gateway.
#pragma once

#include <memory>
#include <optional>

#include "control/backend.h"
#include "control/config/gateway_config.h"
#include "daemon/accounting_link.h"
#include "daemon/file_watch.h"
#include "daemon/packet_path.h"
#include "daemon/radius_links.h"
#include "daemon/revocation_checker.h"
#include "daemon/service.h"
#include "daemon/ticket_keys.h"
#include "daemon/user_link.h"
#include "diagnosis/attempts.h"
#include "gateway/gateway.h"
#include "gateway/subjects.h"
#include "linux/background.h"
#include "linux/gateway_host.h"
#include "linux/network_watcher.h"

namespace agilevpn::daemon {

class GatewayDaemon final : public control::Backend {
 public:
  // Opens the sockets and the interface and sets up the host.
  static Result<std::unique_ptr<GatewayDaemon>, Error> open(Service& service, control::config::GatewayConfig config,
                                                            std::filesystem::path config_file);
  // Returns after SIGTERM.
  Result<void, Error> run();

  control::Status status() override;
  std::vector<control::ConnectionStatus> connections() override;
  std::vector<control::PathStatus> paths() override { return {}; }
  std::optional<diagnosis::Diagnosis> why(std::string_view who) override;
  Result<control::UpAnswer, Error> up(std::string_view connection, Secret pin) override;
  Result<void, Error> answer(std::string_view connection, Secret answer) override;
  Result<void, Error> down(std::string_view connection) override;
  Result<void, Error> disconnect(std::uint64_t session) override;
  Result<void, Error> rekey(std::uint64_t session, control::Rekey what) override;
  Result<void, Error> move(std::string_view connection, std::string_view adapter) override;
  Result<void, Error> save_keys(const std::optional<std::filesystem::path>& directory) override;

 private:
  GatewayDaemon(Service& service, control::config::GatewayConfig config, std::filesystem::path config_file);
  Result<void, Error> open_host();
  Result<ike::IkeSaId, Error> find(std::uint64_t session) const;
  void handle_network(const mobility::Network& network);
  void report_traffic();
  void sign(const ike::Ask& ask);
  // Users, groups and leases, and what enforces them.
  Result<void, Error> open_users();
  // Carries out all that the gateway says, and waits for its next deadline.
  void pump();
  // So that sessions survive a restart without a new login.
  Result<void, Error> open_ticket_keys();
  void renew_ticket_keys();
  // Tells when our certificate ends, once a day.
  void look_at_certificate();
  void terminate();
  void reload();
  void take(Result<control::config::GatewayConfig, std::vector<Error>> config);

  Service& service_;
  std::filesystem::path config_file_;
  control::config::HostOptions options_;
  std::vector<IpPrefix> inner_addresses_;
  gateway::Gateway gateway_;
  gateway::Subjects subjects_;
  diagnosis::Attempts attempts_;
  std::size_t clients_ = 0;
  RadiusLinks radius_;
  AccountingLink accounting_;
  RevocationChecker revocation_;
  FileWatch files_;
  std::string told_of_certificate_;
  linux::Background reading_;  // For a configuration whose certificate is on a token, which may be slow.
  bool reads_token_ = false;
  linux::Timer timer_;
  Periodic traffic_;
  Periodic calendar_;
  std::chrono::sys_days day_{};  // As the calendar said last.
  Periodic files_check_;
  std::unique_ptr<PacketPath> path_;
  std::optional<linux::GatewayHost> host_;
  std::unique_ptr<linux::NetworkWatcher> watcher_;
  std::optional<UserLink> users_;
  std::optional<TicketKeys> ticket_keys_;
  std::optional<Periodic> ending_;
};

}  // namespace agilevpn::daemon
