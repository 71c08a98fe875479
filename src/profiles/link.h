// A gateway and a login on one line, for mails, chats and QR codes. It holds no secret: the CA is named by its fingerprint, and
// whoever opens it still needs the password or the certificate.
//
//   agilevpn://anna@vpn.example.org/?login=certificate&ca=5f0c...
#pragma once

#include <string>
#include <string_view>

#include "profiles/request.h"

namespace agilevpn::profiles {

struct Link {
  std::string gateway;
  std::string identity;  // Empty: the gateway's name.
  std::string user;
  LoginKind login = LoginKind::Password;
  std::string ca;  // SHA-256 of the CA's certificate in hex; empty: one that the system trusts.

  friend bool operator==(const Link&, const Link&) = default;
};

Link link_of(const Request& request);
std::string to_string(const Link& link);
Result<Link, Error> parse_link(std::string_view text);

std::string_view to_string(LoginKind kind);  // "password", "certificate", "eap-tls"
std::optional<LoginKind> parse_login_kind(std::string_view text);

}  // namespace agilevpn::profiles
