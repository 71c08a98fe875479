// What a profile says, whatever the device: which gateway, whom it must prove to be, as whom to log in and how, what goes
// through the tunnel, and what the gateway's policy allows. Each format has one writer that takes this and nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "crypto/certificate.h"
#include "ike/policy.h"

namespace agilevpn::profiles {

enum class LoginKind : std::uint8_t {
  Password,      // EAP-MSCHAPv2.
  Certificate,   // In IKE's own AUTH payload; what Windows calls a machine certificate.
  EapTls,        // A user's certificate inside EAP.
  Peap,          // EAP-MSCHAPv2 inside PEAP.
  TtlsPap,       // The password itself inside EAP-TTLS: checked against whatever is kept of it.
  TtlsMsChapV2,  // MSCHAPv2 inside EAP-TTLS.
  Gtc,           // The password itself, or a code that counts once, in EAP-GTC.
};

constexpr bool is_ttls(LoginKind kind) { return kind == LoginKind::TtlsPap || kind == LoginKind::TtlsMsChapV2; }
// The server proves itself inside EAP, too.
constexpr bool is_in_tls(LoginKind kind) {
  return is_ttls(kind) || kind == LoginKind::EapTls || kind == LoginKind::Peap;
}
// It can be compared with whatever is kept of the password.
constexpr bool is_password_itself(LoginKind kind) { return kind == LoginKind::TtlsPap || kind == LoginKind::Gtc; }
constexpr bool is_by_certificate(LoginKind kind) { return kind == LoginKind::Certificate || kind == LoginKind::EapTls; }

// What the gateway shows of itself in IKE to who logs in by EAP.
enum class GatewayProof : std::uint8_t {
  Certificate,
  CertificateUnlessAsked,  // `eap-only`: none to who asks to do without (RFC 5998).
  None,                    // `eap-only`, and it has none.
};

struct UserCertificate {
  crypto::Certificate certificate;
  crypto::PrivateKey key;
  std::vector<crypto::Certificate> chain;  // Between it and the anchors.
  Secret password;                         // Of the PKCS#12 files that are made of it.
};

struct Login {
  LoginKind kind = LoginKind::Password;
  std::string user;
  std::optional<UserCertificate> certificate;  // For Certificate and EapTls.
  Secret password;                             // Of the user; empty: the device asks.
  bool writes_passwords = false;               // Of the user and of the PKCS#12, where a format has room for them.
};

struct Request {
  std::string gateway;                           // What clients dial: a domain name or an address.
  std::string identity;                          // Whom it must prove to be (IDr).
  std::vector<crypto::Certificate> authorities;  // To be trusted; empty: the device knows the CA.
  std::string issuer;                            // CN of whoever issued the gateway's certificate.
  Login login;
  std::string login_server;  // Whom the server of EAP-TLS, PEAP and EAP-TTLS must prove to be, if not the gateway.
  GatewayProof proof = GatewayProof::Certificate;
  bool is_relayed = false;  // A RADIUS server decides about logins by EAP.
  std::vector<IpPrefix> routes;
  std::vector<IpAddress> dns;
  std::vector<std::string> domains;
  ike::Policy policy;
  bool pfs = true;
  bool mobility = true;
  Duration ike_rekey = 4h;    // The gateway's own; 0: never.
  Duration child_rekey = 1h;  // The same.
  Duration nat_keepalive = 20s;
  Duration outage = 30min;
  bool is_on_demand = false;  // Connect by itself, where a device can.

  // Whether everything of that family goes through the tunnel.
  bool is_full(Family family) const;
  bool is_full() const { return is_full(Family::V4) || is_full(Family::V6); }
  bool uses_certificate() const { return is_by_certificate(login.kind); }
  // The user's password is to be written.
  bool writes_password() const { return !uses_certificate() && login.writes_passwords && !login.password.empty(); }
  // Whose certificate counts inside EAP.
  const std::string& eap_server() const { return login_server.empty() ? identity : login_server; }
  // The user's part of every file's name.
  std::string file_stem() const;
};

// What no format could carry: control characters, an empty name, a login without what it needs.
Result<void, Error> check(const Request& request);

// Self-signed: what a device must be told to trust. Others only help to get there.
bool is_root(const crypto::Certificate& certificate);
// As whom the user's certificate makes him known: an e-mail address, a name, or its subject (RFC 7296 §3.5).
std::string local_identity(const Request& request);
// The PKCS#12 of the user's certificate, in the form that Apple and every Windows read.
Result<Secret, Error> pkcs12(const Request& request);

}  // namespace agilevpn::profiles
