#include "cli/decode/algorithm_names.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace agilevpn::cli::decode {

namespace {

using crypto::EncryptionId;
using crypto::IntegrityId;

struct CipherFamily {
  std::string_view name;  // What the name begins with.
  EncryptionId id;        // With the ICV of 16 octets, where there are three.
  std::size_t salt;
  bool has_key_bits;
};

constexpr std::array families{
    CipherFamily{"3DES", EncryptionId::TripleDes, 0, false},
    CipherFamily{"TripleDES-CBC", EncryptionId::TripleDes, 0, false},
    CipherFamily{"NULL", EncryptionId::Null, 0, false},
    CipherFamily{"AES-CBC", EncryptionId::AesCbc, 0, true},
    CipherFamily{"AES-CTR", EncryptionId::AesCtr, 4, true},
    CipherFamily{"AES-CCM", EncryptionId::AesCcm16, 3, true},
    CipherFamily{"AES-GCM", EncryptionId::AesGcm16, 4, true},
    CipherFamily{"ChaCha20", EncryptionId::ChaCha20Poly1305, 4, false},
    CipherFamily{"CHACHA20", EncryptionId::ChaCha20Poly1305, 4, false},
};

struct Integrity {
  std::string_view name;
  IntegrityId id;
};

constexpr std::array integrities{
    Integrity{"NONE", IntegrityId::None},
    Integrity{"NULL", IntegrityId::None},
    Integrity{"HMAC_SHA1_96", IntegrityId::HmacSha1_96},
    Integrity{"HMAC-SHA-1-96", IntegrityId::HmacSha1_96},
    Integrity{"HMAC_SHA1_160", IntegrityId::HmacSha1_160},
    Integrity{"HMAC_SHA2_256_128", IntegrityId::HmacSha2_256_128},
    Integrity{"HMAC-SHA-256-128", IntegrityId::HmacSha2_256_128},
    Integrity{"HMAC_SHA2_384_192", IntegrityId::HmacSha2_384_192},
    Integrity{"HMAC-SHA-384-192", IntegrityId::HmacSha2_384_192},
    Integrity{"HMAC_SHA2_512_256", IntegrityId::HmacSha2_512_256},
    Integrity{"HMAC-SHA-512-256", IntegrityId::HmacSha2_512_256},
};

// The number that stands after `word`: the ICV's octets in "with 12 octet ICV", its bits in "ANY 96-bits".
std::optional<std::size_t> number_after(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(at + word.size());
  std::size_t number = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc{}) return std::nullopt;
  return number;
}

// CCM and GCM are registered once for each ICV: of 8, 12 and 16 octets, one id after another.
EncryptionId with_icv(EncryptionId of_16_octets, std::size_t icv) {
  const auto id = static_cast<std::uint16_t>(of_16_octets);
  return EncryptionId{static_cast<std::uint16_t>(id - (16 - icv) / 4)};
}

std::optional<EncryptionId> encryption_id(const CipherFamily& family, std::string_view name) {
  const auto icv = number_after(name, "with ");
  if (!icv) return family.id;
  if (*icv != 8 && *icv != 12 && *icv != 16) return std::nullopt;
  return with_icv(family.id, *icv);
}

}  // namespace

std::optional<Protection> protection_of(std::string_view encryption, std::size_t key_size, std::string_view integrity) {
  const auto begins = [](std::string_view name) {
    return [name](const auto& row) { return name.starts_with(row.name); };
  };
  const auto family = std::ranges::find_if(families, begins(encryption));
  if (family == families.end() || key_size < family->salt) return std::nullopt;
  const auto id = encryption_id(*family, encryption);
  if (!id) return std::nullopt;
  const auto key_bits = static_cast<std::uint16_t>(family->has_key_bits ? (key_size - family->salt) * 8 : 0);
  if (crypto::is_aead(*id)) return Protection{.suite = {*id, key_bits, IntegrityId::None}, .unchecked_icv = {}};
  if (const auto bits = number_after(integrity, "ANY "))
    return Protection{.suite = {*id, key_bits, stand_in_integrity}, .unchecked_icv = *bits / 8};
  const auto row = std::ranges::find_if(integrities, begins(integrity));
  if (row == integrities.end()) return std::nullopt;
  if (row->id == IntegrityId::None) return Protection{.suite = {*id, key_bits, stand_in_integrity}, .unchecked_icv = 0};
  return Protection{.suite = {*id, key_bits, row->id}, .unchecked_icv = {}};
}

}  // namespace agilevpn::cli::decode
