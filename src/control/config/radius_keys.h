// The table [radius]: who decides about logins by EAP in our place, who is told of sessions, and who may give orders.
#pragma once

#include <filesystem>

#include "control/config/section.h"
#include "gateway/config.h"

namespace agilevpn::control::config {

// RADIUS over TLS (RFC 6614): files in PEM.
struct RadiusTls {
  std::filesystem::path ca;           // Who issues the servers' certificates.
  std::filesystem::path certificate;  // Ours, with what leads to its CA.
  std::filesystem::path key;
  std::string server_name;  // What the servers' certificates must say. Empty: the address that we connect to.
};

// Where the servers are, for who carries datagrams.
struct RadiusHost {
  std::vector<SocketAddress> servers;             // In the order of gateway::Config::radius.
  std::vector<SocketAddress> accounting_servers;  // In the order of gateway::Config::accounting.
  std::optional<RadiusTls> tls;
  std::vector<SocketAddress> orders;  // Where we take Disconnect- and CoA-Requests. Empty: nowhere.
};

void read_radius(Section& section, const std::filesystem::path& directory, gateway::Config& config, RadiusHost& host);

}  // namespace agilevpn::control::config
