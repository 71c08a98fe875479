// The table [certificate] of gateway.toml: what the gateway shows to its clients, from files, its own CA or a token.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/config/token_credentials.h"
#include "control/config/trust.h"

namespace agilevpn::control::config {

struct GatewayCertificate {
  std::optional<ike::CertificateAuth> auth;  // Without it, only pre-shared keys.
  std::map<std::string, crypto::PrivateKey> keys;
  std::optional<TokenLogin> token;
  Trust own_ca;                              // Clients with certificates of it are let in.
  std::vector<std::filesystem::path> files;  // That were read.
};

// `pki` is where the own CA is kept, `name` the gateway's. Mistakes are noted in `top`, the file's top.
GatewayCertificate read_gateway_certificate(Section& top, const std::filesystem::path& directory,
                                            const std::filesystem::path& pki, const std::string& name);

}  // namespace agilevpn::control::config
