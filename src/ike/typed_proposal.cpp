#include "ike/typed_proposal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <span>
#include <vector>

#include "crypto/key_exchange.h"

namespace agilevpn::ike {

namespace {

using crypto::EncryptionId;
using crypto::IntegrityId;
using crypto::KeyExchangeId;
using crypto::PrfId;
using crypto::SequenceNumbersId;
using wire::Proposal;
using wire::ProtocolId;
using wire::Transform;
using wire::TransformType;

struct Word {
  std::string_view text;
  Transform transform;
};

// The words of typed proposals, as users of other IKEv2 products know them.
std::span<const Word> words() {
  static const std::array table{
      Word{"aes128", Transform::of(EncryptionId::AesCbc, 128)},
      Word{"aes192", Transform::of(EncryptionId::AesCbc, 192)},
      Word{"aes256", Transform::of(EncryptionId::AesCbc, 256)},
      Word{"aes128ctr", Transform::of(EncryptionId::AesCtr, 128)},
      Word{"aes192ctr", Transform::of(EncryptionId::AesCtr, 192)},
      Word{"aes256ctr", Transform::of(EncryptionId::AesCtr, 256)},
      Word{"aes128gcm8", Transform::of(EncryptionId::AesGcm8, 128)},
      Word{"aes192gcm8", Transform::of(EncryptionId::AesGcm8, 192)},
      Word{"aes256gcm8", Transform::of(EncryptionId::AesGcm8, 256)},
      Word{"aes128gcm12", Transform::of(EncryptionId::AesGcm12, 128)},
      Word{"aes192gcm12", Transform::of(EncryptionId::AesGcm12, 192)},
      Word{"aes256gcm12", Transform::of(EncryptionId::AesGcm12, 256)},
      Word{"aes128gcm16", Transform::of(EncryptionId::AesGcm16, 128)},
      Word{"aes192gcm16", Transform::of(EncryptionId::AesGcm16, 192)},
      Word{"aes256gcm16", Transform::of(EncryptionId::AesGcm16, 256)},
      Word{"aes128ccm8", Transform::of(EncryptionId::AesCcm8, 128)},
      Word{"aes192ccm8", Transform::of(EncryptionId::AesCcm8, 192)},
      Word{"aes256ccm8", Transform::of(EncryptionId::AesCcm8, 256)},
      Word{"aes128ccm12", Transform::of(EncryptionId::AesCcm12, 128)},
      Word{"aes192ccm12", Transform::of(EncryptionId::AesCcm12, 192)},
      Word{"aes256ccm12", Transform::of(EncryptionId::AesCcm12, 256)},
      Word{"aes128ccm16", Transform::of(EncryptionId::AesCcm16, 128)},
      Word{"aes192ccm16", Transform::of(EncryptionId::AesCcm16, 192)},
      Word{"aes256ccm16", Transform::of(EncryptionId::AesCcm16, 256)},
      Word{"chacha20poly1305", Transform::of(EncryptionId::ChaCha20Poly1305)},
      Word{"3des", Transform::of(EncryptionId::TripleDes)},
      Word{"null", Transform::of(EncryptionId::Null)},
      Word{"sha1", Transform::of(IntegrityId::HmacSha1_96)},
      Word{"aesxcbc", Transform::of(IntegrityId::AesXcbc96)},
      Word{"aescmac", Transform::of(IntegrityId::AesCmac96)},
      Word{"sha256", Transform::of(IntegrityId::HmacSha2_256_128)},
      Word{"sha384", Transform::of(IntegrityId::HmacSha2_384_192)},
      Word{"sha512", Transform::of(IntegrityId::HmacSha2_512_256)},
      Word{"prfsha1", Transform::of(PrfId::HmacSha1)},
      Word{"prfaesxcbc", Transform::of(PrfId::Aes128Xcbc)},
      Word{"prfaescmac", Transform::of(PrfId::Aes128Cmac)},
      Word{"prfsha256", Transform::of(PrfId::HmacSha2_256)},
      Word{"prfsha384", Transform::of(PrfId::HmacSha2_384)},
      Word{"prfsha512", Transform::of(PrfId::HmacSha2_512)},
      Word{"x25519", Transform::of(KeyExchangeId::Curve25519)},
      Word{"x448", Transform::of(KeyExchangeId::Curve448)},
      Word{"ecp256bp", Transform::of(KeyExchangeId::Brainpool256)},
      Word{"ecp384bp", Transform::of(KeyExchangeId::Brainpool384)},
      Word{"ecp512bp", Transform::of(KeyExchangeId::Brainpool512)},
      Word{"ecp256", Transform::of(KeyExchangeId::Ecp256)},
      Word{"ecp384", Transform::of(KeyExchangeId::Ecp384)},
      Word{"ecp521", Transform::of(KeyExchangeId::Ecp521)},
      Word{"modp1024", Transform::of(KeyExchangeId::Modp1024)},
      Word{"modp1536", Transform::of(KeyExchangeId::Modp1536)},
      Word{"modp2048", Transform::of(KeyExchangeId::Modp2048)},
      Word{"modp3072", Transform::of(KeyExchangeId::Modp3072)},
      Word{"modp4096", Transform::of(KeyExchangeId::Modp4096)},
      Word{"modp6144", Transform::of(KeyExchangeId::Modp6144)},
      Word{"modp8192", Transform::of(KeyExchangeId::Modp8192)},
      Word{"mlkem512", Transform::of(KeyExchangeId::MlKem512)},
      Word{"mlkem768", Transform::of(KeyExchangeId::MlKem768)},
      Word{"mlkem1024", Transform::of(KeyExchangeId::MlKem1024)},
      Word{"esn", Transform::of(SequenceNumbersId::Esn)},
      Word{"noesn", Transform::of(SequenceNumbersId::No)},
  };
  return table;
}

bool has(const Proposal& proposal, TransformType type) {
  return std::ranges::any_of(proposal.transforms, [&](const Transform& t) { return t.type == type; });
}

bool has_aead(const Proposal& proposal) {
  return std::ranges::any_of(proposal.transforms, [](const Transform& t) {
    return t.type == TransformType::Encryption && crypto::is_aead(EncryptionId{t.id});
  });
}

std::optional<Transform> find_word(std::string_view text) {
  const auto word = std::ranges::find(words(), text, &Word::text);
  return word == words().end() ? std::nullopt : std::optional{word->transform};
}

// "ke1_ecp384": a key exchange as an additional one (RFC 9370).
std::optional<Transform> find_additional(std::string_view text) {
  constexpr std::size_t prefix = 4;
  if (text.size() <= prefix || !text.starts_with("ke") || text[2] < '1' || text[2] > '7' || text[3] != '_')
    return std::nullopt;
  const TransformType type = wire::additional_key_exchange_types[text[2] - '1'];
  const std::string_view method = text.substr(prefix);
  if (method == "none") return Transform::of(KeyExchangeId::None, type);
  const auto transform = find_word(method);
  if (!transform || transform->type != TransformType::KeyExchange) return std::nullopt;
  return Transform::of(KeyExchangeId{transform->id}, type);
}

bool is_key_exchange(const Transform& transform) {
  return transform.type == TransformType::KeyExchange || wire::is_additional_key_exchange(transform.type);
}

Result<Transform, Error> parse_word(std::string_view text, std::string_view proposal) {
  const auto additional = find_additional(text);
  const auto transform = additional ? additional : find_word(text);
  if (!transform) {
    return Failure{Error{fmt::format("proposal '{}': '{}' is not known", proposal, text),
                         "for example aes256gcm16-prfsha384-ecp384 for IKE, aes256gcm16 or aes256-sha256 for ESP"}};
  }
  const KeyExchangeId method{transform->id};
  if (is_key_exchange(*transform) && method != KeyExchangeId::None && !crypto::KeyExchange::is_supported(method)) {
    return Failure{
        Error{fmt::format("proposal '{}': this machine's OpenSSL has no {}", proposal, crypto::to_string(method)),
              "OpenSSL has ML-KEM from 3.5 on (Debian 13); leave the word out"}};
  }
  return *transform;
}

Result<Proposal, Error> parse_words(std::string_view text, ProtocolId protocol) {
  Proposal proposal{.number = 1, .protocol = protocol, .spi = {}, .transforms = {}};
  for (const auto part : std::views::split(text, '-')) {
    TRY_ASSIGN(auto transform, parse_word(std::string_view{part.begin(), part.end()}, text));
    proposal.transforms.push_back(std::move(transform));
  }
  if (!has(proposal, TransformType::Encryption))
    return Failure{Error{fmt::format("proposal '{}' names no cipher", text), "begin with one, such as aes256gcm16"}};
  if (has_aead(proposal) == has(proposal, TransformType::Integrity))
    return Failure{Error{
        fmt::format(
            "proposal '{}': aes needs an integrity algorithm such as sha256; gcm16 and chacha20poly1305 have their own",
            text),
        ""}};
  return proposal;
}

PrfId prf_of(IntegrityId integrity) {
  switch (integrity) {
    case IntegrityId::HmacSha1_96: return PrfId::HmacSha1;
    case IntegrityId::AesXcbc96: return PrfId::Aes128Xcbc;
    case IntegrityId::AesCmac96: return PrfId::Aes128Cmac;
    case IntegrityId::HmacSha2_384_192: return PrfId::HmacSha2_384;
    case IntegrityId::HmacSha2_512_256: return PrfId::HmacSha2_512;
    case IntegrityId::HmacSha2_256_128: return PrfId::HmacSha2_256;
    case IntegrityId::HmacMd5_96:
    case IntegrityId::HmacSha1_160:
    case IntegrityId::None: break;  // No proposal of ours can say them.
  }
  return PrfId::HmacSha2_256;
}

// In IKE proposals "sha256" alone also means its PRF.
void add_prf_of_integrity(Proposal& proposal) {
  if (has(proposal, TransformType::Prf)) return;
  for (const Transform& t : std::vector(proposal.transforms)) {
    if (t.type == TransformType::Integrity) proposal.transforms.push_back(Transform::of(prf_of(IntegrityId{t.id})));
  }
}

// But for "none", which allows what is allowed anyway.
std::vector<Transform> key_exchanges_of(const std::vector<Proposal>& proposals) {
  std::vector<Transform> all;
  for (const Proposal& proposal : proposals)
    std::ranges::copy_if(proposal.transforms, std::back_inserter(all), [](const Transform& t) {
      return is_key_exchange(t) && KeyExchangeId{t.id} != KeyExchangeId::None;
    });
  return all;
}

bool contains_all(const std::vector<Transform>& all, const std::vector<Transform>& wanted) {
  return std::ranges::all_of(wanted, [&](const Transform& t) { return std::ranges::find(all, t) != all.end(); });
}

}  // namespace

Result<Proposal, Error> parse_ike_proposal(std::string_view text) {
  TRY_ASSIGN(Proposal proposal, parse_words(text, ProtocolId::Ike));
  add_prf_of_integrity(proposal);
  if (!has(proposal, TransformType::Prf))
    return Failure{Error{fmt::format("IKE proposal '{}' names no PRF", text), "add one, such as prfsha256"}};
  if (!has(proposal, TransformType::KeyExchange))
    return Failure{
        Error{fmt::format("IKE proposal '{}' names no key exchange", text), "add one, such as x25519 or ecp256"}};
  if (has(proposal, TransformType::SequenceNumbers))
    return Failure{Error{fmt::format("IKE proposal '{}': esn is for ESP", text), ""}};
  return proposal;
}

Result<Proposal, Error> parse_esp_proposal(std::string_view text) {
  TRY_ASSIGN(Proposal proposal, parse_words(text, ProtocolId::Esp));
  std::erase_if(proposal.transforms, is_key_exchange);
  if (has(proposal, TransformType::Prf))
    return Failure{Error{fmt::format("ESP proposal '{}': a PRF is for IKE", text), ""}};
  if (!has(proposal, TransformType::SequenceNumbers))
    proposal.transforms.push_back(Transform::of(SequenceNumbersId::No));
  return proposal;
}

Result<Proposal, Error> parse_esp_proposal(std::string_view text, const std::vector<Proposal>& ike) {
  TRY_ASSIGN(const Proposal words, parse_words(text, ProtocolId::Esp));
  const auto typed = key_exchanges_of({words}), taken = key_exchanges_of(ike);
  if (!typed.empty() && !(contains_all(typed, taken) && contains_all(taken, typed)))
    return Failure{Error{
        fmt::format("ESP proposal '{}': rekeys take the key exchange of the IKE SA, which may be another one", text),
        "leave it out here, and name it for IKE alone, for example aes256gcm16-prfsha384-ecp384"}};
  return parse_esp_proposal(text);
}

}  // namespace agilevpn::ike
