// client.toml: one table for each connection. A first one is this long:
//
//   [office]
//   gateway = "vpn.example.org"
//   certificate = "anna.p12"
//   password = "7h3k-9wqz-04mc-xr2e"
//
// docs/configuration.md has every key.
#pragma once

#include <filesystem>
#include <vector>

#include "client/profile.h"
#include "control/config/host_options.h"
#include "control/config/node.h"
#include "control/config/token_credentials.h"
#include "control/config/trust.h"
#include "ike/credentials.h"

namespace agilevpn::control::config {

struct ClientConnection {
  client::Profile profile;
  ike::Credentials credentials;
  std::string interface;
  bool is_automatic = true;  // Start with the daemon and stay up.
  Trust trust;
  std::optional<TokenLogin> token;  // Our key is there.
  // So is our certificate, which is read when the connection is brought up: a smart card may be inserted by then. Until then
  // the profile lacks `auth`, and `local` unless the file says it.
  std::optional<linux::TokenKey> token_certificate;
  // Where the password of the user who logs in by EAP stands, if in a file of its own. It is in the profile, and is read again for every
  // attempt: passwords change.
  std::optional<std::filesystem::path> password_file;
};

struct ClientConfig {
  std::vector<ClientConnection> connections;  // In the order of the file.
  HostOptions host;
  std::vector<Mistake> warnings;  // That keep nothing from working.
};

// Reads the file and every certificate and key that it names. All its mistakes, each with its line.
Result<ClientConfig, std::vector<Mistake>> read_client(const std::filesystem::path& file);
Result<ClientConfig, std::vector<Error>> load_client(const std::filesystem::path& file);

}  // namespace agilevpn::control::config
