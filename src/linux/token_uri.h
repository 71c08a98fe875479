// The name of a certificate or key on a PKCS#11 token, as RFC 7512 writes it: "pkcs11:token=anna;object=vpn". p11-kit
// reads it. Holds no PIN: what the text says of one comes apart from it, so that a TokenUri may be shown.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

struct p11_kit_uri;

namespace agilevpn::linux {

inline bool is_token_uri(std::string_view text) { return text.starts_with("pkcs11:"); }

struct TokenUri {
  std::shared_ptr<::p11_kit_uri> native;  // To match slots and objects with.
  std::string token;                      // Its label; empty: any token.
  std::string object;                     // The object's label or hexadecimal id; empty: the only one.
  std::string module_path;                // Empty: the modules that p11-kit knows of.
};

struct ParsedTokenUri {
  TokenUri uri;
  Secret pin;                                     // pin-value (RFC 7512 §2.4).
  std::optional<std::filesystem::path> pin_file;  // pin-source, where it is a file.
};

Result<ParsedTokenUri, Error> parse_token_uri(const std::string& text);

}  // namespace agilevpn::linux
