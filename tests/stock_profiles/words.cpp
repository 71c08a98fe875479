#include "tests/stock_profiles/words.h"

#include <algorithm>
#include <array>

#include "crypto/certificate_authority.h"
#include "ike/typed_proposal.h"
#include "profiles/text.h"
#include "sim/require.h"

namespace agilevpn::stock_profiles {

using crypto::KeyExchangeId;
using sim::require;
using sim::stock::AuthPart;

namespace {

constexpr std::array groups{
    std::pair{KeyExchangeId::Modp2048, "modp2048"}, std::pair{KeyExchangeId::Modp3072, "modp3072"},
    std::pair{KeyExchangeId::Modp4096, "modp4096"}, std::pair{KeyExchangeId::Ecp256, "ecp256"},
    std::pair{KeyExchangeId::Ecp384, "ecp384"},     std::pair{KeyExchangeId::Ecp521, "ecp521"},
    std::pair{KeyExchangeId::Curve25519, "x25519"}};

}  // namespace

const profiles::File& file_ending(const profiles::Files& files, std::string_view ending) {
  const auto found =
      std::ranges::find_if(files, [&](const profiles::File& file) { return file.name.ends_with(ending); });
  require(found != files.end(), "there is no file " + std::string{ending});
  return *found;
}

Bytes from_base64(std::string_view text) {
  std::string url;
  for (const char c : text)
    if (c != '=' && c != '\n' && c != '\r' && c != ' ') url += c == '+' ? '-' : c == '/' ? '_' : c;
  const auto octets = profiles::from_base64url(url);
  require(octets.has_value(), "no base64: " + std::string{text.substr(0, 40)});
  return *octets;
}

crypto::Certificate certificate_of(ByteView der) {
  auto certificate = crypto::Certificate::from_der(der);
  require(certificate.has_value(), "a certificate is none");
  return *std::move(certificate);
}

void import(sim::Credentials& into, ByteView pkcs12, const std::string& password) {
  auto read = crypto::parse_pkcs12(pkcs12, Secret{to_bytes(password)});
  require(read.has_value(), "the PKCS#12 does not open");
  into.identity = ike::identity_of(read->certificate);
  into.chain = {std::move(read->certificate)};
  into.key = std::move(read->key);
}

KeyExchangeId group_numbered(int number) {
  const auto found = std::ranges::find(groups, KeyExchangeId{static_cast<std::uint16_t>(number)},
                                       &decltype(groups)::value_type::first);
  require(found != groups.end(), "an unknown group " + std::to_string(number));
  return found->first;
}

KeyExchangeId group_called(std::string_view word) {
  const auto found = std::ranges::find(groups, word, [](const auto& group) { return std::string_view{group.second}; });
  require(found != groups.end(), "an unknown group " + std::string{word});
  return found->first;
}

std::string word_of(KeyExchangeId group) {
  return std::ranges::find(groups, group, &decltype(groups)::value_type::first)->second;
}

void use_one_suite(sim::stock::Kind& kind, const std::string& ike, const std::string& esp) {
  require(ike::parse_ike_proposal(ike).has_value(), "no IKE suite: " + ike);
  require(ike::parse_esp_proposal(esp).has_value(), "no ESP suite: " + esp);
  kind.ike = sim::stock::ike_proposals({ike});
  kind.esp = sim::stock::esp_proposals({esp});
}

void stay(sim::stock::Kind& kind) {
  kind.habits.has_mobike = false;
  std::erase(kind.auth, AuthPart::Mobike);
}

void insert_after(std::vector<AuthPart>& parts, AuthPart where, AuthPart what) {
  parts.insert(std::ranges::find(parts, where) + 1, what);
}

}  // namespace agilevpn::stock_profiles
