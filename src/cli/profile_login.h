// As whom and how a profile logs in: what was asked for, or what the user's stored password and the gateway's methods
// allow. A login that the gateway would refuse as it stands is a failure.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "control/config/gateway_config.h"
#include "profiles/request.h"

namespace agilevpn::cli {

struct LoginOptions {
  std::string user;
  std::string login;  // "peap"; empty: what fits.
  std::string server;
  std::filesystem::path certificate;
  std::filesystem::path certificate_password;
  std::filesystem::path password;
  bool writes_passwords = false;
};
void add_login_options(CLI::App* verb, LoginOptions& options);

struct ChosenLogin {
  profiles::Login login;                   // Of the first kind.
  std::vector<profiles::LoginKind> kinds;  // Most wanted first: a device gets the first that its client knows.
  std::string certificate_password;        // Of the PKCS#12 files; empty: there are none.
};

// A user without a certificate who needs one is given one of the own CA. `notes` get what was done and supposed.
Result<ChosenLogin, Error> choose_login(const LoginOptions& options, const control::config::GatewayConfig& config,
                                        std::vector<std::string>& notes);

}  // namespace agilevpn::cli
