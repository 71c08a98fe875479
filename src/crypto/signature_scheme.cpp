#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>

#include "crypto/openssl.h"
#include "crypto/signature.h"

namespace agilevpn::crypto {

namespace {

using SchemeKind = SignatureScheme::Kind;
using OwnedAlgorithm = Owned<X509_ALGOR, X509_ALGOR_free>;
using OwnedPssParameters = Owned<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free>;

struct Identifier {
  SignatureScheme scheme;
  Bytes der;
};

// RFC 7427 appendix A and RFC 8420 appendix A. For PSS the default trailerField is left out, as DER asks and strongSwan
// and libreswan do; appendix A.4.3 spells it out.
const std::array<Identifier, 14>& identifiers() {
  static const std::array<Identifier, 14> all = {{
      {{SchemeKind::RsaPkcs1, HashId::Sha1}, "300d06092a864886f70d0101050500"_hex},
      {{SchemeKind::RsaPkcs1, HashId::Sha2_256}, "300d06092a864886f70d01010b0500"_hex},
      {{SchemeKind::RsaPkcs1, HashId::Sha2_384}, "300d06092a864886f70d01010c0500"_hex},
      {{SchemeKind::RsaPkcs1, HashId::Sha2_512}, "300d06092a864886f70d01010d0500"_hex},
      {{SchemeKind::RsaPss, HashId::Sha1}, "300d06092a864886f70d01010a3000"_hex},
      {{SchemeKind::RsaPss, HashId::Sha2_256},
       "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
       "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"_hex},
      {{SchemeKind::RsaPss, HashId::Sha2_384},
       "304106092a864886f70d01010a3034a00f300d06096086480165030402020500"
       "a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130"_hex},
      {{SchemeKind::RsaPss, HashId::Sha2_512},
       "304106092a864886f70d01010a3034a00f300d06096086480165030402030500"
       "a11c301a06092a864886f70d010108300d06096086480165030402030500a203020140"_hex},
      {{SchemeKind::Ecdsa, HashId::Sha1}, "300906072a8648ce3d0401"_hex},
      {{SchemeKind::Ecdsa, HashId::Sha2_256}, "300a06082a8648ce3d040302"_hex},
      {{SchemeKind::Ecdsa, HashId::Sha2_384}, "300a06082a8648ce3d040303"_hex},
      {{SchemeKind::Ecdsa, HashId::Sha2_512}, "300a06082a8648ce3d040304"_hex},
      {{SchemeKind::Ed25519, HashId::Identity}, "300506032b6570"_hex},
      {{SchemeKind::Ed448, HashId::Identity}, "300506032b6571"_hex},
  }};
  return all;
}

int nid_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object);
}

std::optional<HashId> hash_of(int nid) {
  switch (nid) {
    case NID_sha1: return HashId::Sha1;
    case NID_sha256: return HashId::Sha2_256;
    case NID_sha384: return HashId::Sha2_384;
    case NID_sha512: return HashId::Sha2_512;
    default: return std::nullopt;
  }
}

// What is absent is SHA-1 (RFC 4055 §3.1).
std::optional<HashId> hash_of(const X509_ALGOR* algorithm) { return hash_of(algorithm ? nid_of(algorithm) : NID_sha1); }

std::optional<HashId> mask_hash_of(const X509_ALGOR* mask_generation) {
  if (!mask_generation) return HashId::Sha1;
  if (nid_of(mask_generation) != NID_mgf1 || !mask_generation->parameter) return std::nullopt;
  const OwnedAlgorithm inner{
      static_cast<X509_ALGOR*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), mask_generation->parameter))};
  return inner ? hash_of(inner.get()) : std::nullopt;
}

// RFC 4055 §3.1: "hashAlgorithm, maskGenAlgorithm, saltLength, trailerField", each with a default.
std::optional<SignatureScheme> pss_scheme_of(const X509_ALGOR* algorithm) {
  if (!algorithm->parameter) return std::nullopt;
  const OwnedPssParameters parameters{
      static_cast<RSA_PSS_PARAMS*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter))};
  if (!parameters) return std::nullopt;
  const auto hash = hash_of(parameters->hashAlgorithm);
  if (!hash || mask_hash_of(parameters->maskGenAlgorithm) != hash) return std::nullopt;
  const long salt = parameters->saltLength ? ASN1_INTEGER_get(parameters->saltLength) : 20;
  const long trailer = parameters->trailerField ? ASN1_INTEGER_get(parameters->trailerField) : 1;
  if (salt != EVP_MD_get_size(digest(*hash)) || trailer != 1) return std::nullopt;
  return SignatureScheme{SchemeKind::RsaPss, *hash};
}

std::string_view kind_name(SchemeKind kind) {
  switch (kind) {
    case SchemeKind::RsaPkcs1: return "RSA PKCS#1";
    case SchemeKind::RsaPss: return "RSA-PSS";
    case SchemeKind::Ecdsa:
    case SchemeKind::EcdsaRaw: return "ECDSA";
    case SchemeKind::Ed25519: return "Ed25519";
    case SchemeKind::Ed448: return "Ed448";
  }
  return "";
}

// The hashes a key of this strength signs with, best first. SHA-1 is not among them (RFC 8247 §3.2: MUST NOT).
std::array<HashId, 3> hashes_for(KeyType type, unsigned bits) {
  if (type == KeyType::EcdsaP521) return {HashId::Sha2_512, HashId::Sha2_384, HashId::Sha2_256};
  const bool is_strong = type == KeyType::EcdsaP384 || (type == KeyType::Rsa && bits > 3072);
  if (is_strong) return {HashId::Sha2_384, HashId::Sha2_512, HashId::Sha2_256};
  return {HashId::Sha2_256, HashId::Sha2_384, HashId::Sha2_512};
}

}  // namespace

ByteView algorithm_identifier(const SignatureScheme& scheme) {
  const auto found = std::ranges::find(identifiers(), scheme, &Identifier::scheme);
  return found == identifiers().end() ? ByteView{} : ByteView{found->der};
}

std::optional<SignatureScheme> scheme_of(ByteView algorithm_identifier) {
  const ErrorScope errors;
  const unsigned char* next = as_uchar(algorithm_identifier);
  const OwnedAlgorithm algorithm{d2i_X509_ALGOR(nullptr, &next, int_size(algorithm_identifier))};
  if (!algorithm || next != as_uchar(algorithm_identifier) + algorithm_identifier.size()) return std::nullopt;
  const int nid = nid_of(algorithm.get());
  if (nid == NID_rsassaPss) return pss_scheme_of(algorithm.get());
  if (nid == NID_ED25519) return SignatureScheme{SchemeKind::Ed25519, HashId::Identity};
  if (nid == NID_ED448) return SignatureScheme{SchemeKind::Ed448, HashId::Identity};
  int hash_nid = NID_undef;
  int key_nid = NID_undef;
  if (!OBJ_find_sigid_algs(nid, &hash_nid, &key_nid)) return std::nullopt;
  const auto hash = hash_of(hash_nid);
  if (hash && key_nid == NID_rsaEncryption) return SignatureScheme{SchemeKind::RsaPkcs1, *hash};
  if (hash && key_nid == NID_X9_62_id_ecPublicKey) return SignatureScheme{SchemeKind::Ecdsa, *hash};
  return std::nullopt;
}

std::string to_string(const SignatureScheme& scheme) {
  std::string text{kind_name(scheme.kind)};
  return scheme.hash == HashId::Identity ? text : text + " with " + to_string(scheme.hash);
}

std::string to_string(KeyType type) {
  switch (type) {
    case KeyType::Rsa: return "RSA";
    case KeyType::EcdsaP256: return "ECDSA P-256";
    case KeyType::EcdsaP384: return "ECDSA P-384";
    case KeyType::EcdsaP521: return "ECDSA P-521";
    case KeyType::Ed25519: return "Ed25519";
    case KeyType::Ed448: return "Ed448";
    case KeyType::Other: return "other";
  }
  return "";
}

std::optional<SignatureScheme> choose_scheme(KeyType type, unsigned bits, const std::vector<HashId>& peer_hashes) {
  const auto peer_takes = [&](HashId hash) { return std::ranges::find(peer_hashes, hash) != peer_hashes.end(); };
  if (type == KeyType::Other) return std::nullopt;
  if (type == KeyType::Ed25519 || type == KeyType::Ed448) {
    if (!peer_takes(HashId::Identity)) return std::nullopt;
    return SignatureScheme{type == KeyType::Ed448 ? SchemeKind::Ed448 : SchemeKind::Ed25519, HashId::Identity};
  }
  for (const HashId hash : hashes_for(type, bits)) {
    if (peer_takes(hash)) return SignatureScheme{type == KeyType::Rsa ? SchemeKind::RsaPss : SchemeKind::Ecdsa, hash};
  }
  return std::nullopt;
}

}  // namespace agilevpn::crypto
