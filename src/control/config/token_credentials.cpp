#include "control/config/token_credentials.h"

#include <fmt/format.h>

#include "control/config/common_keys.h"
#include "control/config/credential_files.h"
#include "ike/credentials.h"

namespace agilevpn::control::config {

namespace {

TokenCredentials make(linux::TokenKey key, const std::vector<crypto::Certificate>& found, std::string name) {
  std::vector<crypto::Certificate> chain{found.front()};
  for (const auto& other : std::span{found}.subspan(1))
    if (other.subject() != other.issuer()) chain.push_back(other);  // An anchor is not sent.
  return {found.front(), ike::certificate_auth(chain, std::move(name)), {std::move(key), found.front().public_key()}};
}

}  // namespace

bool names_token(Section& section, std::string_view key) {
  if (!section.has(key)) return false;
  std::string text;
  section.read(key, text);
  return linux::is_token_uri(text);
}

std::optional<linux::TokenKey> read_token_key(Section& section, std::string_view key,
                                              const std::filesystem::path& directory) {
  std::string text;
  section.read(key, text);
  Secret pin = read_secret(section, "pin", directory);
  auto parsed = linux::parse_token_uri(text);
  if (!parsed) return section.wrong(key, parsed.error().what, parsed.error().help), std::nullopt;
  if (pin.empty()) pin = std::move(parsed->pin);
  if (pin.empty() && parsed->pin_file) {
    auto loaded = load_secret(*parsed->pin_file);
    if (!loaded) return section.wrong(key, loaded.error().what, loaded.error().help), std::nullopt;
    pin = *std::move(loaded);
  }
  return linux::TokenKey{std::move(parsed->uri), {}, std::move(pin)};
}

TokenCredentials token_credentials(linux::TokenKey key, const linux::TokenCertificate& found, std::string name) {
  if (!found.id.empty()) key.id = found.id;
  return make(std::move(key), found.chain, std::move(name));
}

Result<TokenCredentials, Error> load_token_credentials(const std::filesystem::path& file, linux::TokenKey key,
                                                       std::string name) {
  TRY_ASSIGN(const auto found, load_certificates(file));
  return make(std::move(key), found, std::move(name));
}

}  // namespace agilevpn::control::config
