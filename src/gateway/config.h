// Whom a gateway lets in, and what they get.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "crypto/certificate.h"
#include "crypto/mschap.h"
#include "eap/packet.h"
#include "gateway/firewall_rules.h"
#include "ike/ask.h"
#include "ike/endpoint.h"
#include "ike/policy.h"
#include "ike/revocation.h"
#include "radius/dynamic_authorization.h"
#include "radius/server_list.h"

namespace agilevpn::gateway {

struct PskUser {
  PskUser(ike::wire::Identity identity_, Secret psk_)
      : identity(std::move(identity_)), psk(std::make_shared<const Secret>(std::move(psk_))) {}

  ike::wire::Identity identity;
  std::shared_ptr<const Secret> psk;  // One, however many copies of its rule there are.
};

inline constexpr std::string_view default_rule = "default";  // Whose everybody is whom no group's rule names.

// A kind of client: [group.NAME]. What the owner's group of the same name says, counts in its place (user.h). The rules are
// tried in their order; the first that accepts a peer decides what it gets.
struct ConnectionRule {
  std::string name;  // "staff"
  // Peers with a certificate that satisfies this. Without it, the rule is for pre-shared keys only.
  std::optional<crypto::CertificateRules> certificate;
  ike::Revocation revocation = ike::Revocation::Off;  // Whether somebody is asked about their certificates.
  std::vector<PskUser> psk_users;
  std::vector<IpPrefix> routes = {{IpAddress::any(Family::V4), 0}, {IpAddress::any(Family::V6), 0}};
  std::vector<std::string> pools;  // Names; the first of each family with a free address serves.
  std::vector<IpAddress> dns;
  std::vector<std::string> domains;
  std::vector<IpAddress> nbns = {};     // WINS servers, for Windows, which asks for them.
  std::vector<IpPrefix> from;           // Outer addresses that it may log in from. Empty: any.
  std::vector<std::string> methods;     // "certificate", "psk", "eap-tls" ... Empty: all that the gateway offers.
  std::optional<unsigned> devices_max;  // Of one user at a time.
  FirewallRules firewall;
  // What a RADIUS server may grant one user.
  std::optional<IpAddress> framed_ipv4, framed_ipv6;  // In place of a pool's.
  std::vector<IpPrefix> networks = {};                // Behind the client: they are led to it.
  Duration session_timeout{};                         // Then the session ends. 0: never.
  std::optional<Duration> idle_timeout;               // In place of the gateway's. 0: never.

  // For people, to whom it is a group: "group staff", "group default (everybody whom no other names)".
  std::string title() const;
};

struct PoolConfig {
  std::string name;
  IpPrefix prefix;
  std::vector<IpAddress> reserved;  // The gateway's own inner address.

  friend bool operator==(const PoolConfig&, const PoolConfig&) = default;
};

// What happens to a session when the same identity comes again.
enum class Uniqueness : std::uint8_t {
  Keep,     // Both live: one user, several devices. INITIAL_CONTACT still replaces (RFC 7296 §2.4).
  Replace,  // The newer one replaces the older.
};

struct Config {
  std::string name;  // "vpn.example.org"
  ike::wire::Identity identity;
  std::optional<ike::CertificateAuth> certificate;  // Without it, only pre-shared keys.
  std::vector<ConnectionRule> rules;
  std::vector<PoolConfig> pools;
  std::vector<IpPrefix>
      framed_networks;  // Where else a RADIUS server may choose addresses: the host routes them to the tunnel.
  std::vector<IpPrefix>
      client_networks;  // Where the networks lie that may stand behind clients. Apart from all pools and framed_networks.
  ike::Policy policy = ike::modern_policy();
  ike::Settings settings;
  std::vector<eap::Type> eap_methods;  // What users may log in with, most wanted first. Empty: no EAP.
  bool eap_only =
      false;  // Who asks for it is shown no certificate first, and offered only methods that prove us (RFC 5998).
  std::vector<radius::ServerConfig>
      radius;                            // They decide on every login by EAP, the first that is alive. Empty: we do.
  bool radius_checks_passwords = false;  // They know passwords, no EAP: users log in by EAP-GTC.
  std::vector<radius::ServerConfig> accounting;  // They are told of every session. Empty: nobody is.
  Duration
      interim_interval{};  // How often they hear of one that goes on, unless a login's server wants otherwise. 0: never.
  radius::DynamicAuthorizationConfig dynamic_authorization;  // Who may end and change sessions.
  std::shared_ptr<const crypto::MsChap> mschap;  // Null: MSCHAPv2 is switched off, inside other methods too.
  Uniqueness uniqueness = Uniqueness::Keep;
  Duration idle_timeout{};       // A session without traffic for this long is closed. 0: never.
  Duration outage_time = 30min;  // A session whose client is silent sleeps for this long before it is closed.
};

// Each once: a pool may have both families.
std::vector<std::string> pool_names(const Config& config);
// Of these names, those that are no pool's.
std::vector<std::string> lacking_pools(const Config& config, std::vector<std::string> names);

}  // namespace agilevpn::gateway
