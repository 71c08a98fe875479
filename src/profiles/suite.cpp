#include "profiles/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace agilevpn::profiles {

namespace {

using crypto::CipherSuite;
using crypto::EncryptionId;
using crypto::IntegrityId;
using crypto::KeyExchangeId;
using crypto::PrfId;
using ike::wire::Proposal;
using ike::wire::Transform;

constexpr CipherSuite gcm256{EncryptionId::AesGcm16, 256, IntegrityId::None};
constexpr CipherSuite gcm128{EncryptionId::AesGcm16, 128, IntegrityId::None};
constexpr CipherSuite chacha{EncryptionId::ChaCha20Poly1305, 0, IntegrityId::None};
constexpr CipherSuite cbc(std::uint16_t bits, IntegrityId integrity) { return {EncryptionId::AesCbc, bits, integrity}; }
constexpr CipherSuite cbc256_sha256 = cbc(256, IntegrityId::HmacSha2_256_128);
constexpr CipherSuite cbc256_sha384 = cbc(256, IntegrityId::HmacSha2_384_192);
constexpr CipherSuite cbc256_sha512 = cbc(256, IntegrityId::HmacSha2_512_256);
constexpr CipherSuite cbc128_sha256 = cbc(128, IntegrityId::HmacSha2_256_128);

struct IkePart {
  CipherSuite cipher;
  PrfId prf;
};

// What a platform can be told, most wanted first.
struct Ability {
  std::vector<IkePart> ike;
  std::vector<KeyExchangeId> methods;
  std::vector<CipherSuite> esp;
};

// Set-VpnConnectionIPsecConfiguration. IKE in CBC first: every Windows since 8 has it.
Ability windows_ability() {
  return {{{cbc256_sha384, PrfId::HmacSha2_384},
           {gcm256, PrfId::HmacSha2_384},
           {cbc256_sha256, PrfId::HmacSha2_256},
           {gcm256, PrfId::HmacSha2_256},
           {cbc128_sha256, PrfId::HmacSha2_256}},
          {KeyExchangeId::Ecp384, KeyExchangeId::Ecp256, KeyExchangeId::Modp2048},
          {gcm256, gcm128, cbc256_sha256, cbc128_sha256}};
}

// With NegotiateDH2048_AES256; ESP has HMAC-SHA1-96 only.
Ability windows7_ability() {
  return {{{cbc256_sha384, PrfId::HmacSha2_384}, {cbc256_sha256, PrfId::HmacSha2_256}},
          {KeyExchangeId::Modp2048},
          {cbc(256, IntegrityId::HmacSha1_96)}};
}

// Group 19 before 31: it is in every version. Its integrity setting is also the PRF.
Ability apple_ability() {
  return {{{gcm256, PrfId::HmacSha2_256},
           {gcm256, PrfId::HmacSha2_384},
           {chacha, PrfId::HmacSha2_256},
           {gcm128, PrfId::HmacSha2_256},
           {cbc256_sha256, PrfId::HmacSha2_256}},
          {KeyExchangeId::Ecp256, KeyExchangeId::Curve25519, KeyExchangeId::Ecp384, KeyExchangeId::Ecp521,
           KeyExchangeId::Modp3072, KeyExchangeId::Modp2048},
          {gcm256, chacha, gcm128, cbc256_sha256}};
}

// The built-in client since Android 13; it cannot be told, this is for saying whether it fits.
Ability android_ability() {
  return {{{gcm256, PrfId::HmacSha2_512},
           {gcm256, PrfId::HmacSha2_384},
           {gcm256, PrfId::HmacSha2_256},
           {chacha, PrfId::HmacSha2_256},
           {gcm128, PrfId::HmacSha2_256},
           {cbc256_sha512, PrfId::HmacSha2_512},
           {cbc256_sha256, PrfId::HmacSha2_256}},
          {KeyExchangeId::Curve25519, KeyExchangeId::Modp4096, KeyExchangeId::Modp3072, KeyExchangeId::Modp2048},
          {gcm256, chacha, gcm128, cbc256_sha512, cbc256_sha256}};
}

Ability strongswan_ability() {
  Ability ability = apple_ability();
  ability.ike.push_back({gcm256, PrfId::HmacSha2_512});
  ability.ike.push_back({cbc256_sha384, PrfId::HmacSha2_384});
  ability.ike.push_back({cbc256_sha512, PrfId::HmacSha2_512});
  ability.ike.push_back({cbc128_sha256, PrfId::HmacSha2_256});
  std::swap(ability.methods[0], ability.methods[1]);  // X25519 first.
  ability.methods.push_back(KeyExchangeId::Modp4096);
  ability.esp.insert(ability.esp.end(), {cbc256_sha384, cbc256_sha512, cbc128_sha256});
  return ability;
}

Ability ability_of(Platform platform) {
  switch (platform) {
    case Platform::Windows: return windows_ability();
    case Platform::Windows7: return windows7_ability();
    case Platform::Apple: return apple_ability();
    case Platform::Android: return android_ability();
    case Platform::StrongSwan: return strongswan_ability();
  }
  return {};
}

std::vector<Transform> transforms_of(const CipherSuite& suite) {
  std::vector<Transform> out{Transform::of(suite.encryption, suite.key_bits)};
  if (suite.integrity != IntegrityId::None) out.push_back(Transform::of(suite.integrity));
  return out;
}

// Whether one of the proposals has all of these.
bool is_accepted(const std::vector<Proposal>& proposals, const std::vector<Transform>& wanted) {
  return std::ranges::any_of(proposals, [&](const Proposal& proposal) {
    return std::ranges::all_of(wanted, [&](const Transform& t) {
      return std::ranges::find(proposal.transforms, t) != proposal.transforms.end();
    });
  });
}

bool accepts_ike(const ike::Policy& policy, const IkePart& part, KeyExchangeId method) {
  auto wanted = transforms_of(part.cipher);
  wanted.push_back(Transform::of(part.prf));
  wanted.push_back(Transform::of(method));
  return is_accepted(policy.ike, wanted);
}

bool accepts_esp(const ike::Policy& policy, const CipherSuite& suite) {
  auto wanted = transforms_of(suite);
  wanted.push_back(Transform::of(crypto::SequenceNumbersId::No));
  return is_accepted(policy.esp, wanted);
}

Error nothing_in_common(const ike::Policy& policy, Platform platform, std::string_view protocol) {
  const bool is_old = platform == Platform::Windows7;
  return {
      fmt::format("policy '{}' accepts nothing for {} that {} can offer", policy.name, protocol, to_string(platform)),
      is_old ? "it knows HMAC-SHA1-96 for ESP only: add esp = [..., \"aes256-sha1\"] or policy = \"compatible\" to "
               "gateway.toml"
             : "widen policy, ike or esp in gateway.toml"};
}

std::string hash_word(IntegrityId integrity) {
  switch (integrity) {
    case IntegrityId::HmacSha1_96: return "sha1";
    case IntegrityId::HmacSha2_384_192: return "sha384";
    case IntegrityId::HmacSha2_512_256: return "sha512";
    default: return "sha256";
  }
}

std::string prf_word(PrfId prf) {
  return prf == PrfId::HmacSha2_512 ? "prfsha512" : prf == PrfId::HmacSha2_384 ? "prfsha384" : "prfsha256";
}

std::string method_word(KeyExchangeId method) {
  switch (method) {
    case KeyExchangeId::Curve25519: return "x25519";
    case KeyExchangeId::Ecp256: return "ecp256";
    case KeyExchangeId::Ecp384: return "ecp384";
    case KeyExchangeId::Ecp521: return "ecp521";
    case KeyExchangeId::Modp3072: return "modp3072";
    case KeyExchangeId::Modp4096: return "modp4096";
    default: return "modp2048";
  }
}

std::string cipher_words(const CipherSuite& suite) {
  if (suite.encryption == EncryptionId::ChaCha20Poly1305) return "chacha20poly1305";
  if (suite.encryption == EncryptionId::AesGcm16) return fmt::format("aes{}gcm16", suite.key_bits);
  return fmt::format("aes{}-{}", suite.key_bits, hash_word(suite.integrity));
}

}  // namespace

std::string_view to_string(Platform platform) {
  switch (platform) {
    case Platform::Windows: return "Windows 8.1 to 11";
    case Platform::Windows7: return "Windows 7";
    case Platform::Apple: return "macOS and iOS";
    case Platform::Android: return "Android";
    case Platform::StrongSwan: return "strongSwan";
  }
  return "";
}

Result<Suite, Error> choose_suite(const ike::Policy& policy, Platform platform) {
  const Ability ability = ability_of(platform);
  const auto esp =
      std::ranges::find_if(ability.esp, [&](const CipherSuite& suite) { return accepts_esp(policy, suite); });
  if (esp == ability.esp.end()) return Failure{nothing_in_common(policy, platform, "ESP")};
  for (const IkePart& part : ability.ike) {
    for (const KeyExchangeId method : ability.methods) {
      if (accepts_ike(policy, part, method)) return Suite{part.cipher, part.prf, method, *esp};
    }
  }
  return Failure{nothing_in_common(policy, platform, "IKE")};
}

std::string ike_proposal(const Suite& suite) {
  return fmt::format("{}-{}-{}", cipher_words(suite.ike), prf_word(suite.prf), method_word(suite.method));
}

std::string esp_proposal(const Suite& suite) { return cipher_words(suite.esp); }

std::string esp_proposal(const Suite& suite, bool pfs) {
  return pfs ? esp_proposal(suite) + "-" + method_word(suite.method) : esp_proposal(suite);
}

}  // namespace agilevpn::profiles
