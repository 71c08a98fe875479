#include "control/config/radius_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/config/common_keys.h"
#include "control/config/credential_files.h"
#include "radius/packet_stream.h"

namespace agilevpn::control::config {

namespace {

using std::filesystem::path;

constexpr std::uint16_t radius_port = 1812;      // RFC 2865 §3
constexpr std::uint16_t accounting_port = 1813;  // RFC 2866 §3
constexpr std::uint16_t radsec_port = 2083;      // RFC 6614 §2.1
constexpr std::uint16_t coa_port = 3799;         // RFC 5176 §2.1
constexpr Duration interim_shortest = 60s;       // RFC 2869 §5.16

void read_endpoints(Section& section, std::string_view key, std::uint16_t port, std::vector<SocketAddress>& out) {
  const auto parse = [port](std::string_view text) -> std::optional<SocketAddress> {
    if (const auto address = IpAddress::parse(text)) return SocketAddress{*address, port};
    return SocketAddress::parse(text);
  };
  section.read<SocketAddress>(key, out, parse, fmt::format("an address such as 10.0.0.5 or 10.0.0.5:{}", port));
}

// What the daemon would find out at its start only, and the server at its first word to us.
void check_tls(Section& section, const path& ca, const path& certificate, const std::optional<path>& key) {
  if (const auto loaded = load_certificates(ca); !loaded) section.wrong("ca", loaded.error().what, loaded.error().help);
  const auto own = load_own_certificate(certificate, key, {});
  if (!own) return section.wrong("certificate", own.error().what, own.error().help);
  const auto usages = own->certificate.extended_key_usages();
  if (!usages.empty() && std::ranges::find(usages, "clientAuth") == usages.end())
    section.warn("certificate", "it is not for TLS clients (clientAuth), so that servers refuse it",
                 "agilevpn pki issue NAME makes one that is");
}

void read_tls(Section& section, const path& directory, RadiusHost& host) {
  bool is_tls = false;
  section.read("tls", is_tls);
  std::optional<path> ca, certificate, key;
  read_path(section, "ca", directory, ca);
  read_path(section, "certificate", directory, certificate);
  read_path(section, "key", directory, key);
  RadiusTls tls;
  section.read("server-name", tls.server_name);
  if (!is_tls) {
    const bool has_keys = ca || certificate || key || !tls.server_name.empty();
    if (has_keys) section.wrong("tls", "only TLS takes ca, certificate, key and server-name", "add tls = true");
    return;
  }
  if (!ca) section.wrong("ca", "is missing", "the CA of the RADIUS servers' certificates, in PEM");
  if (!certificate) section.wrong("certificate", "is missing", "what this gateway shows to the RADIUS servers, in PEM");
  if (!ca || !certificate) return;
  check_tls(section, *ca, *certificate, key);
  tls.ca = *ca, tls.certificate = *certificate, tls.key = key.value_or(*certificate);
  host.tls = std::move(tls);
}

// Where the networks behind clients may lie: apart from whatever else leads into the tunnel.
void read_networks(Section& section, gateway::Config& config) {
  read_prefixes(section, "networks", config.client_networks);
  for (const IpPrefix& network : config.client_networks) {
    const auto overlaps = [&](const IpPrefix& other) { return other.overlaps(network); };
    if (network.length == 0)
      section.wrong("networks", fmt::format("{} is everything", network.to_string()),
                    "the networks that stand behind clients, such as 192.168.77.0/24");
    else if (std::ranges::any_of(config.pools, overlaps, &gateway::PoolConfig::prefix) ||
             std::ranges::any_of(config.framed_networks, overlaps))
      section.wrong("networks", fmt::format("{} overlaps what clients' own addresses come from", network.to_string()),
                    "keep networks apart from [pool] and framed");
  }
}

// To the same servers on the next port (over TLS on the same one), or to others.
void read_accounting(Section& section, gateway::Config& config, RadiusHost& host) {
  bool is_wanted = false;
  section.read("accounting", is_wanted);
  read_endpoints(section, "accounting-servers", host.tls ? radsec_port : accounting_port, host.accounting_servers);
  config.interim_interval = 10min;
  section.read("interim", config.interim_interval);
  if (config.interim_interval > Duration{0} && config.interim_interval < interim_shortest)
    section.wrong("interim", "is less than a minute", "1m or more (RFC 2869 §5.16)");
  if (!is_wanted) {
    if (!host.accounting_servers.empty())
      section.wrong("accounting-servers", "nobody is told without accounting = true");
    return;
  }
  if (!host.accounting_servers.empty()) return;
  host.accounting_servers = host.servers;
  if (host.tls) return;
  for (SocketAddress& server : host.accounting_servers) ++server.port;
}

// Disconnect- and CoA-Requests (RFC 5176), from the same servers or others.
void read_orders(Section& section, const Secret& secret, gateway::Config& config, RadiusHost& host) {
  read_endpoints(section, "coa", coa_port, host.orders);
  config.dynamic_authorization.by_radsec = host.tls.has_value();
  std::vector<IpAddress> from;
  read_addresses(section, "coa-from", from);
  section.read("coa-timestamp", config.dynamic_authorization.requires_event_timestamp);
  if (host.orders.empty()) {
    if (!from.empty())
      section.wrong("coa-from", "nobody listens without coa", "coa = \"10.0.0.1\", the address to listen on");
    return;
  }
  if (secret.empty() && host.tls)
    section.wrong("secret", "is missing", "what the servers share with this gateway; orders come by UDP");
  if (from.empty())
    for (const SocketAddress& server : host.servers) from.push_back(server.address);
  for (const IpAddress& address : from) config.dynamic_authorization.servers.push_back({address, secret.copy()});
}

}  // namespace

void read_radius(Section& section, const path& directory, gateway::Config& config, RadiusHost& host) {
  read_tls(section, directory, host);
  read_endpoints(section, "servers", host.tls ? radsec_port : radius_port, host.servers);
  read_prefixes(section, "framed", config.framed_networks);
  read_networks(section, config);
  const Secret secret = read_secret(section, "secret", directory);
  bool asks_status = true;
  section.read("status-server", asks_status);
  section.read("gtc", config.radius_checks_passwords);
  config.eap_only = read_eap_only(section, !config.radius_checks_passwords);
  if (host.servers.empty())
    section.wrong("servers", "is missing", "the addresses of the RADIUS servers, most wanted first");
  if (secret.empty() && !host.tls) section.wrong("secret", "is missing", "what the servers share with this gateway");
  read_accounting(section, config, host);
  read_orders(section, secret, config, host);
  section.finish();
  const Secret radsec = Secret::copy_of(as_bytes(radius::radsec_secret));
  const auto add = [&](const SocketAddress& server, std::vector<radius::ServerConfig>& to) {
    to.push_back({.name = server.to_string(),
                  .secret = (host.tls ? radsec : secret).copy(),
                  .transport = host.tls ? radius::Transport::Stream : radius::Transport::Datagram,
                  .knows_status_server = asks_status});
  };
  for (const SocketAddress& server : host.servers) add(server, config.radius);
  for (const SocketAddress& server : host.accounting_servers) add(server, config.accounting);
}

}  // namespace agilevpn::control::config
