#include "linux/token_mechanism.h"

#include <openssl/ecdsa.h>

#include "base/check.h"
#include "crypto/pem.h"

namespace agilevpn::linux {

namespace {

using crypto::HashId;
using Kind = crypto::SignatureScheme::Kind;

// What stands before the hash in a DigestInfo (RFC 8017 §9.2, note 1).
Bytes digest_info_prefix(HashId hash) {
  switch (hash) {
    case HashId::Sha1: return "3021300906052b0e03021a05000414"_hex;
    case HashId::Sha2_256: return "3031300d060960864801650304020105000420"_hex;
    case HashId::Sha2_384: return "3041300d060960864801650304020205000430"_hex;
    case HashId::Sha2_512: return "3051300d060960864801650304020305000440"_hex;
    case HashId::Identity: return {};
  }
  return {};
}

// RFC 8017 §9.1 with MGF1 and a salt as long as the hash.
CK_RSA_PKCS_PSS_PARAMS pss_parameters(HashId hash) {
  switch (hash) {
    case HashId::Sha1: return {CKM_SHA_1, CKG_MGF1_SHA1, 20};
    case HashId::Sha2_256: return {CKM_SHA256, CKG_MGF1_SHA256, 32};
    case HashId::Sha2_384: return {CKM_SHA384, CKG_MGF1_SHA384, 48};
    case HashId::Sha2_512: return {CKM_SHA512, CKG_MGF1_SHA512, 64};
    case HashId::Identity: return {};
  }
  return {};
}

// Ecdsa-Sig-Value (RFC 3279 §2.2.3) of r | s.
Bytes ecdsa_to_der(ByteView raw) {
  const std::size_t half = raw.size() / 2;
  const crypto::Owned<ECDSA_SIG, ECDSA_SIG_free> signature{ECDSA_SIG_new()};
  CHECK(ECDSA_SIG_set0(signature.get(), BN_bin2bn(as_uchar(raw), static_cast<int>(half), nullptr),
                       BN_bin2bn(as_uchar(raw.subspan(half)), static_cast<int>(raw.size() - half), nullptr)));
  return crypto::to_der(signature.get(), i2d_ECDSA_SIG);
}

}  // namespace

CK_MECHANISM TokenMechanism::native() {
  if (type != CKM_RSA_PKCS_PSS) return {type, nullptr, 0};
  return {type, &pss, sizeof pss};
}

TokenMechanism token_mechanism(const crypto::SignatureScheme& scheme, ByteView octets) {
  const HashId hash = scheme.hash;
  switch (scheme.kind) {
    case Kind::RsaPkcs1: return {CKM_RSA_PKCS, {}, concat({digest_info_prefix(hash), crypto::hash(hash, {octets})})};
    case Kind::RsaPss: return {CKM_RSA_PKCS_PSS, pss_parameters(hash), crypto::hash(hash, {octets})};
    case Kind::Ecdsa:
    case Kind::EcdsaRaw: return {CKM_ECDSA, {}, crypto::hash(hash, {octets})};
    case Kind::Ed25519:
    case Kind::Ed448: return {CKM_EDDSA, {}, to_bytes(octets)};
  }
  return {};
}

Bytes from_token(const crypto::SignatureScheme& scheme, Bytes signature) {
  return scheme.kind == Kind::Ecdsa ? ecdsa_to_der(signature) : signature;
}

}  // namespace agilevpn::linux
