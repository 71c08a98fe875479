// Certificates and private keys on PKCS#11 tokens: smart cards, USB keys, HSMs, SoftHSM. The modules are those that
// p11-kit knows of (/usr/share/p11-kit/modules), or the one that a URI names by module-path. A private key never leaves
// its token: it is asked to sign there.
//
// Every call may take as long as the token likes, and waits for it: call from a thread that may wait (background.h).
// One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "linux/token_uri.h"

namespace agilevpn::linux {

struct TokenKey {
  TokenUri uri;
  std::optional<Bytes> id;  // CKA_ID of the key, where its certificate told; else the URI names the key.
  Secret pin;

  TokenKey copy() const { return {uri, id, pin.copy()}; }
};

struct TokenCertificate {
  std::vector<crypto::Certificate> chain;  // Our own first, then the CAs above it that are on the token.
  Bytes id;                                // CKA_ID, which its private key has as well.
};

struct TokenError {
  Error error;
  bool is_about_pin = false;  // Wrong or locked: trying again by itself would lock the token for good.
};

class Tokens {
 public:
  Tokens();
  ~Tokens();
  Tokens(const Tokens&) = delete;

  // The certificate that the URI names. The PIN is used only if the token shows it to nobody without.
  Result<TokenCertificate, TokenError> certificate(const TokenUri& uri, const Secret& pin);
  // The label of the token that will ask for a PIN, where `key` has none and the token no PIN pad; empty: none will.
  Result<std::string, TokenError> pin_wanted(const TokenKey& key);
  Result<Bytes, TokenError> sign(const TokenKey& key, const crypto::SignatureScheme& scheme, ByteView octets);

 private:
  class Modules;
  Result<Modules*, TokenError> modules_of(const TokenUri& uri);
  std::map<std::string, std::unique_ptr<Modules>> modules_;  // By module_path.
};

}  // namespace agilevpn::linux
