// Certificates whose private key is on a PKCS#11 token, as a configuration names them: "pkcs11:token=anna;object=vpn".
#pragma once

#include <optional>

#include "control/config/section.h"
#include "crypto/certificate.h"
#include "ike/ask.h"
#include "linux/tokens.h"

namespace agilevpn::control::config {

// A key on a token, and the public key of its certificate: a signature by another key is noticed before the peer sees
// it.
struct TokenLogin {
  linux::TokenKey key;
  crypto::PublicKey public_key;
};

// Ours, with the key somewhere else.
struct TokenCredentials {
  crypto::Certificate certificate;
  ike::CertificateAuth auth;
  TokenLogin login;
};

bool names_token(Section& section, std::string_view key);
// The URI under `key`, with the PIN of `pin`, `pin-file` or the URI itself. Nothing, and a mistake, if it makes no
// sense.
std::optional<linux::TokenKey> read_token_key(Section& section, std::string_view key,
                                              const std::filesystem::path& directory);

// `name` is the key's to whoever answers Sign.
TokenCredentials token_credentials(linux::TokenKey key, const linux::TokenCertificate& found, std::string name);
// The certificate is in a file, with those above it, the key on the token.
Result<TokenCredentials, Error> load_token_credentials(const std::filesystem::path& file, linux::TokenKey key,
                                                       std::string name);

}  // namespace agilevpn::control::config
