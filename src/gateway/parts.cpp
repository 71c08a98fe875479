#include "gateway/parts.h"

#include <fmt/format.h>

#include "gateway/limits.h"

namespace agilevpn::gateway {

namespace {

std::vector<radius::ServerConfig> copy(const std::vector<radius::ServerConfig>& servers) {
  std::vector<radius::ServerConfig> copies;
  for (const radius::ServerConfig& server : servers) copies.push_back(server.copy());
  return copies;
}

radius::ClientConfig client_config(const Config& config, const std::vector<radius::ServerConfig>& servers) {
  radius::ClientConfig client{.servers = copy(servers), .nas = {}, .retransmission = {}};
  client.nas.add_text(radius::Type::NasIdentifier, config.name.substr(0, radius::limits::value_largest));
  return client;
}

}  // namespace

ike::EndpointConfig make_endpoint_config(const Config& config, const ike::Credentials& credentials) {
  ike::EndpointConfig endpoint{.policy = config.policy, .settings = config.settings};
  endpoint.authorities = credentials.authorities();
  endpoint.settings.outage = config.outage_time;
  return endpoint;
}

std::shared_ptr<const crypto::TlsContext> make_tls_context(const Config& config, const ike::Credentials& credentials) {
  if (!config.certificate || config.eap_methods.empty()) return nullptr;
  auto made = credentials.tls_context(crypto::TlsRole::Server, config.certificate);
  return made ? std::make_shared<const crypto::TlsContext>(*std::move(made)) : nullptr;
}

std::optional<radius::Client> make_radius_client(const Config& config, Random& random) {
  if (config.radius.empty()) return std::nullopt;
  auto client = client_config(config, config.radius);
  client.request_longest = limits::radius_patience;
  return std::optional<radius::Client>{std::in_place, std::move(client), random};
}

std::optional<Accountant> make_accountant(const Config& config, Random& random) {
  if (config.accounting.empty()) return std::nullopt;
  return std::optional<Accountant>{std::in_place, client_config(config, config.accounting), config.name,
                                   config.interim_interval, random};
}

std::optional<radius::DynamicAuthorization> make_dynamic_authorization(const Config& config) {
  if (config.dynamic_authorization.servers.empty() && !config.dynamic_authorization.by_radsec) return std::nullopt;
  auto own = config.dynamic_authorization.copy();
  own.nas_identifier = config.name;
  return std::optional<radius::DynamicAuthorization>{std::move(own)};
}

bool speaks_radius(const Config& config) {
  return !config.radius.empty() || !config.accounting.empty() || !config.dynamic_authorization.servers.empty();
}

std::optional<std::string> why_only_by_restart(const Config& fresh, const Config& running) {
  if (fresh.radius.empty() == running.radius.empty()) return std::nullopt;
  return fmt::format(
      "{} decides on logins now, which changes at a restart only: nothing of the new configuration counts before",
      running.radius.empty() ? "the gateway itself, and no RADIUS server,"
                             : "a RADIUS server, and not the gateway itself,");
}

std::vector<std::string> keep_parts(Config& fresh, const Config& running) {
  std::vector<std::string> unchanged;
  const auto keep = [&](auto& to, const auto& from, std::string what) {
    if (to != from) unchanged.push_back(std::move(what));
    to = from;
  };
  keep(fresh.name, running.name, "the name");
  keep(fresh.pools, running.pools, "the address pools");
  keep(fresh.policy, running.policy, "the policy");
  keep(fresh.settings, running.settings, "the settings");
  keep(fresh.outage_time, running.outage_time, "the outage time");
  const auto keep_servers = [&](auto& to, const auto& from, std::string what) {
    if (to != from) unchanged.push_back(std::move(what));
    to = copy(from);
  };
  keep_servers(fresh.radius, running.radius, "which RADIUS servers decide");
  keep_servers(fresh.accounting, running.accounting, "which RADIUS servers take accounting");
  if (fresh.dynamic_authorization != running.dynamic_authorization)
    unchanged.emplace_back("which RADIUS servers may give orders");
  return unchanged;
}

}  // namespace agilevpn::gateway
