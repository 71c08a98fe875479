#include "sim/stock/signature.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using crypto::SignatureScheme;

namespace {

struct OldSignature {
  wire::AuthMethod method;
  SignatureScheme scheme;
};
std::optional<OldSignature> old_signature(crypto::KeyType type) {
  using Kind = SignatureScheme::Kind;
  switch (type) {
    case crypto::KeyType::Rsa:
      return OldSignature{wire::AuthMethod::RsaDigitalSignature, {Kind::RsaPkcs1, crypto::HashId::Sha1}};
    case crypto::KeyType::EcdsaP256:
      return OldSignature{wire::AuthMethod::EcdsaSha256P256, {Kind::EcdsaRaw, crypto::HashId::Sha2_256}};
    case crypto::KeyType::EcdsaP384:
      return OldSignature{wire::AuthMethod::EcdsaSha384P384, {Kind::EcdsaRaw, crypto::HashId::Sha2_384}};
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<wire::AuthPayload> sign_as_of_old(const crypto::PrivateKey& key, ByteView octets) {
  const auto old = old_signature(key.type());
  if (!old) return std::nullopt;
  return wire::AuthPayload{old->method, *key.sign(old->scheme, octets)};
}

std::string why_not_signed_as_of_old(const wire::AuthPayload& auth, const crypto::PublicKey& key, ByteView octets) {
  const auto old = old_signature(key.type());
  if (!old || old->method != auth.method) return "it signs with " + wire::to_string(auth.method);
  return key.verify(old->scheme, octets, auth.data) ? "" : "its signature is wrong";
}

}  // namespace agilevpn::sim::stock
