#include "ike/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

std::vector<Transform> modern_prfs() {
  return {Transform::of(PrfId::HmacSha2_256), Transform::of(PrfId::HmacSha2_384), Transform::of(PrfId::HmacSha2_512)};
}

std::vector<Transform> modern_methods() {
  return {Transform::of(KeyExchangeId::Curve25519), Transform::of(KeyExchangeId::Ecp256),
          Transform::of(KeyExchangeId::Ecp384),     Transform::of(KeyExchangeId::Ecp521),
          Transform::of(KeyExchangeId::Modp3072),   Transform::of(KeyExchangeId::Modp4096),
          Transform::of(KeyExchangeId::Modp2048)};
}

// Beside ML-KEM: what every peer that knows it has.
std::vector<Transform> hybrid_methods() {
  return {Transform::of(KeyExchangeId::Curve25519), Transform::of(KeyExchangeId::Ecp256),
          Transform::of(KeyExchangeId::Ecp384)};
}

std::vector<Transform> modern_aeads() {
  return {Transform::of(EncryptionId::AesGcm16, 256), Transform::of(EncryptionId::AesGcm16, 128),
          Transform::of(EncryptionId::ChaCha20Poly1305)};
}

std::vector<Transform> modern_ciphers() {
  return {Transform::of(EncryptionId::AesCbc, 256), Transform::of(EncryptionId::AesCbc, 128)};
}

std::vector<Transform> modern_integrity() {
  return {Transform::of(IntegrityId::HmacSha2_256_128), Transform::of(IntegrityId::HmacSha2_384_192),
          Transform::of(IntegrityId::HmacSha2_512_256)};
}

// Two proposals rather than one with NONE: a peer that knows nothing of RFC 9370 must pass over what it does not know.
std::vector<Transform> post_quantum_methods() {
  return {Transform::of(KeyExchangeId::MlKem768, TransformType::AdditionalKeyExchange1),
          Transform::of(KeyExchangeId::MlKem1024, TransformType::AdditionalKeyExchange1)};
}

Proposal join(ProtocolId protocol, std::initializer_list<std::vector<Transform>> groups) {
  Proposal proposal{.number = 1, .protocol = protocol, .spi = {}, .transforms = {}};
  for (const auto& group : groups) proposal.transforms.insert(proposal.transforms.end(), group.begin(), group.end());
  return proposal;
}

}  // namespace

Policy modern_policy() {
  const std::vector<Transform> numbers{Transform::of(SequenceNumbersId::Esn), Transform::of(SequenceNumbersId::No)};
  Policy policy{.name = "modern",
                .ike = {join(ProtocolId::Ike, {modern_aeads(), modern_prfs(), modern_methods()}),
                        join(ProtocolId::Ike, {modern_ciphers(), modern_integrity(), modern_prfs(), modern_methods()})},
                .esp = {join(ProtocolId::Esp, {modern_aeads(), numbers}),
                        join(ProtocolId::Esp, {modern_ciphers(), modern_integrity(), numbers})}};
  if (crypto::KeyExchange::is_supported(KeyExchangeId::MlKem768))
    policy.ike.insert(policy.ike.begin(),
                      join(ProtocolId::Ike, {modern_aeads(), modern_prfs(), hybrid_methods(), post_quantum_methods()}));
  return policy;
}

Policy compatible_policy() {
  Policy policy = modern_policy();
  policy.name = "compatible";
  policy.sha1_signatures = true;
  for (Proposal& proposal : policy.ike) {
    proposal.transforms.push_back(Transform::of(PrfId::Aes128Xcbc));
    proposal.transforms.push_back(Transform::of(PrfId::HmacSha1));
  }
  policy.esp.push_back(join(ProtocolId::Esp, {{Transform::of(EncryptionId::AesCbc, 256)},
                                              {Transform::of(IntegrityId::HmacSha1_96)},
                                              {Transform::of(SequenceNumbersId::No)}}));
  return policy;
}

Policy legacy_windows_policy() {
  Policy policy = compatible_policy();
  policy.name = "legacy-windows";
  const std::vector<Transform> old_ciphers{Transform::of(EncryptionId::AesCbc, 256),
                                           Transform::of(EncryptionId::AesCbc, 128),
                                           Transform::of(EncryptionId::TripleDes)};
  policy.ike.push_back(
      join(ProtocolId::Ike,
           {old_ciphers,
            {Transform::of(IntegrityId::HmacSha2_384_192), Transform::of(IntegrityId::HmacSha2_256_128),
             Transform::of(IntegrityId::HmacSha1_96)},
            {Transform::of(PrfId::HmacSha2_384), Transform::of(PrfId::HmacSha2_256), Transform::of(PrfId::HmacSha1)},
            {Transform::of(KeyExchangeId::Modp2048), Transform::of(KeyExchangeId::Modp1024)}}));
  policy.esp.push_back(
      join(ProtocolId::Esp,
           {old_ciphers, {Transform::of(IntegrityId::HmacSha1_96)}, {Transform::of(SequenceNumbersId::No)}}));
  return policy;
}

Result<Policy, Error> find_policy(std::string_view name) {
  if (name == "modern") return modern_policy();
  if (name == "compatible") return compatible_policy();
  if (name == "legacy-windows") return legacy_windows_policy();
  return Failure{
      Error{fmt::format("there is no policy '{}'", name), "the policies are: modern, compatible, legacy-windows"}};
}

std::vector<std::string> weaknesses(const Policy& policy) {
  struct Weakness {
    Transform transform;
    std::string_view why;
  };
  static const std::array known{
      Weakness{Transform::of(EncryptionId::Null),
               "NULL, which encrypts nothing: everybody on the way reads the packets"},
      Weakness{Transform::of(EncryptionId::TripleDes),
               "3DES, which is weak: its small blocks repeat after some gigabytes"},
      Weakness{Transform::of(KeyExchangeId::Modp1024), "MODP-1024, which is weak: states are thought to break it"},
      Weakness{Transform::of(KeyExchangeId::Modp1536), "MODP-1536, which is weak: recordings outlive it"},
  };
  std::vector<std::string> found;
  for (const Weakness& weakness : known) {
    const auto names_it = [&](const Proposal& proposal) {
      return std::ranges::find(proposal.transforms, weakness.transform) != proposal.transforms.end();
    };
    if (std::ranges::any_of(policy.ike, names_it) || std::ranges::any_of(policy.esp, names_it))
      found.push_back(fmt::format("the policy {} takes {}", policy.name, weakness.why));
  }
  return found;
}

}  // namespace agilevpn::ike
