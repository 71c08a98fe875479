// Public and private keys, and the signatures of IKE's AUTH payload (RFC 7296 §2.15, RFC 4754, RFC 7427, RFC 8420).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "crypto/hash.h"

namespace agilevpn::crypto {

enum class KeyType : std::uint8_t { Rsa, EcdsaP256, EcdsaP384, EcdsaP521, Ed25519, Ed448, Other };

struct SignatureScheme {
  enum class Kind : std::uint8_t {
    RsaPkcs1,
    RsaPss,    // MGF1 with the same hash, salt as long as the hash.
    Ecdsa,     // DER: Ecdsa-Sig-Value, as AUTH method 14 carries it.
    EcdsaRaw,  // r | s, as AUTH methods 9, 10 and 11 carry it (RFC 4754 §7).
    Ed25519,   // HashId::Identity.
    Ed448,     // HashId::Identity.
  };
  Kind kind;
  HashId hash;

  friend bool operator==(const SignatureScheme&, const SignatureScheme&) = default;
};

std::string to_string(const SignatureScheme& scheme);  // "ECDSA with SHA2-256"
std::string to_string(KeyType type);                   // "RSA", "ECDSA P-256"

// The DER AlgorithmIdentifier that stands before the signature in AUTH method 14 (RFC 7427 §3, appendix A).
ByteView algorithm_identifier(const SignatureScheme& scheme);
// The scheme an AlgorithmIdentifier names; nothing for one we do not know.
std::optional<SignatureScheme> scheme_of(ByteView algorithm_identifier);

class PublicKey {
 public:
  // DER SubjectPublicKeyInfo.
  static std::optional<PublicKey> from_spki(ByteView der);
  KeyType type() const;
  unsigned bits() const;
  Bytes spki() const;
  // False for a wrong signature and for a scheme that does not fit the key.
  bool verify(const SignatureScheme& scheme, ByteView message, ByteView signature) const;
  friend bool operator==(const PublicKey& a, const PublicKey& b);

 private:
  friend struct Native;
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;  // Immutable, so copies may share it.
};

class PrivateKey {
 public:
  // PEM or DER, PKCS#8 or traditional; `password` for encrypted ones.
  static Result<PrivateKey, Error> parse(ByteView pem_or_der, const Secret& password = {});
  // A new key, for the PKI commands and tests. Uses OpenSSL's own randomness: never called by the protocol rooms.
  static PrivateKey generate(KeyType type, unsigned rsa_bits = 2048);

  KeyType type() const;
  PublicKey public_key() const;
  Secret to_pem() const;  // PKCS#8.
  // Fails for a scheme that does not fit the key.
  Result<Bytes, Error> sign(const SignatureScheme& scheme, ByteView message) const;

 private:
  friend struct Native;
  struct State;
  explicit PrivateKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// The scheme a key of this type signs with when the peer takes these hashes (RFC 7427 §4): the strongest that fits.
// Nothing if they have none in common.
std::optional<SignatureScheme> choose_scheme(KeyType type, unsigned bits, const std::vector<HashId>& peer_hashes);

}  // namespace agilevpn::crypto
