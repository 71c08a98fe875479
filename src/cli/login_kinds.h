// Which logins a user may have, out of what is kept of the user and what the gateway offers: for profiles.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/config/gateway_config.h"
#include "gateway/user.h"
#include "profiles/request.h"
#include "store/stored_password.h"

namespace agilevpn::cli {

// What is kept of one who wants to log in. One who is not known may be soon, with a password as `agilevpn user add` keeps it.
struct Account {
  std::string user;
  bool is_known = false;
  store::PasswordKind password = store::PasswordKind::NtHash;
  std::string group;
  std::vector<std::string> methods;  // That the group may use, as gateway::User has them; empty: all.

  bool has_nt_hash() const { return is_known && password == store::PasswordKind::NtHash; }
};
// Fails for one whom the gateway would refuse whatever the login is: disabled, expired. With RADIUS nobody is known here.
Result<Account, Error> find_account(const control::config::GatewayConfig& config, const std::string& user);

// Whose routes, DNS and methods count: the group that was asked for, of the configuration or the gateway's database; else that
// which the gateway would put the user in, who comes in by the rule `usual`.
Result<gateway::Group, Error> find_group(const control::config::GatewayConfig& config, const std::string& user,
                                         const std::optional<std::string>& asked, const std::string& usual);

// Never empty: those by a password that the gateway would take, in its order; else the one by certificate.
std::vector<profiles::LoginKind> fitting_kinds(const control::config::GatewayConfig& config, const Account& account);
// Why the gateway would refuse this login, and what serves. Nothing: it would not.
std::optional<Error> why_not(const control::config::GatewayConfig& config, const Account& account,
                             profiles::LoginKind kind);
// Why fitting_kinds() are not by a password: "no password of anna is kept".
std::string why_no_password(const Account& account);

}  // namespace agilevpn::cli
