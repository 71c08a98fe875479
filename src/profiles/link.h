// A gateway and a login on one line, for mails, chats and QR codes: all that `agilevpn import` needs but the password. It holds no
// secret; whoever can change it on its way could send its reader to another gateway, as with any profile.
//
//   agilevpn://anna@vpn.example.org/?login=password&ca=MIIB...
//   agilevpn://anna@vpn.example.org/?login=password&ca-sha256=5f0c...
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
  std::string login_server;  // As Request's.
  bool is_eap_only = false;  // The gateway has no certificate: the method alone proves it (RFC 5998).
  Bytes ca;                  // The CA's certificate, DER, where it is short enough for a line.
  std::string ca_sha256;     // Else its SHA-256 in hex. Both empty: one that the device knows.

  friend bool operator==(const Link&, const Link&) = default;
};

Link link_of(const Request& request);
std::string to_string(const Link& link);
Result<Link, Error> parse_link(std::string_view text);

std::string_view to_string(LoginKind kind);  // "password", "eap-tls", "eap-ttls-pap"
std::optional<LoginKind> parse_login_kind(std::string_view text);

}  // namespace agilevpn::profiles
