// What a user says about one connection. While the connection is up, nothing of it changes but who logs in, and with what.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "crypto/certificate.h"
#include "crypto/mschap.h"
#include "eap/packet.h"
#include "eap/ttls_avp.h"
#include "ike/ask.h"
#include "ike/endpoint.h"
#include "ike/policy.h"
#include "ike/revocation.h"
#include "mobility/manager.h"

namespace agilevpn::client {

// How a user logs in by EAP.
struct EapLogin {
  std::string user;       // As the server wants it: "anna", "DOMAIN\\anna", "anna@example.org".
  std::string anonymous;  // What EAP-Identity says where the method hides the user (PEAP, TTLS); empty: `user`.
  std::vector<eap::Type> methods;                   // Most wanted first; what the gateway offers besides is refused.
  Secret password;                                  // UTF-8
  std::optional<ike::CertificateAuth> certificate;  // For EAP-TLS, alone or inside PEAP or EAP-TTLS.
  std::optional<ike::wire::Identity>
      server;  // Whom the method's server must prove to be, where that is not the gateway.
  eap::TtlsInside ttls_inside = eap::TtlsInside::MsChapV2;
  // EAP methods inside PEAP, and inside EAP-TTLS with TtlsInside::Eap. EAP-GTC gives the server the password itself, so it wants to be named.
  std::vector<eap::Type> eap_inside = {eap::Type::Tls, eap::Type::MsChapV2};
  std::shared_ptr<const crypto::MsChap> mschap;  // Null: no MSCHAPv2.

  EapLogin copy() const {
    return {user, anonymous, methods, password.copy(), certificate, server, ttls_inside, eap_inside, mschap};
  }
};

struct Profile {
  std::string name;     // "office"
  std::string gateway;  // A domain name or an address, as the user wrote it. The world resolves it.
  ike::wire::Identity local;
  ike::LocalAuth auth;
  std::optional<EapLogin> eap;  // With EapAuth.
  // Whom the gateway must prove to be; without it, what `gateway` says.
  std::optional<ike::wire::Identity> remote;
  // A gateway that authenticates with a certificate must satisfy these. With PskAuth, a certificate is not accepted.
  crypto::CertificateRules rules;
  ike::Revocation revocation = ike::Revocation::Off;  // Whether somebody is asked about its certificate.
  ike::Policy policy = ike::modern_policy();
  ike::Settings settings;
  mobility::Settings mobility;
  // What goes through the tunnel: everything, or less (split tunnel). The gateway may narrow it.
  std::vector<IpPrefix> routes = {{IpAddress::any(Family::V4), 0}, {IpAddress::any(Family::V6), 0}};
  std::vector<IpPrefix>
      networks;  // Behind this client, which the gateway may lead to it: they stay outside the tunnel.
  bool requests_ipv4 = true;
  bool requests_ipv6 = true;
  bool resumes = true;  // By tickets that the gateway gives, without a new login (RFC 5723).
  // Nobody else logs in as `local`: whatever session the gateway still has of us is from before a crash, and it is told so
  // (INITIAL_CONTACT). "MUST NOT be sent by an entity that may be replicated" (RFC 7296 §2.4), so the user has to say it.
  bool is_only_device = false;

  ike::wire::Identity expected_gateway() const { return remote ? *remote : ike::wire::Identity::parse(gateway); }
};

}  // namespace agilevpn::client
