#include "crypto/ml_kem.h"

#include <openssl/params.h>

namespace agilevpn::crypto {

namespace {

using OwnedKem = Owned<EVP_KEM, EVP_KEM_free>;

constexpr std::size_t seed_size = 64;     // d | z (FIPS 203 §7.1)
constexpr std::size_t message_size = 32;  // m (§7.2)
constexpr std::size_t shared_size = 32;

// The parameters by the names that OpenSSL 3.5 gives them: older headers have no macros for them.
struct OctetParameter {
  OctetParameter(const char* name, Secret& octets)
      : list{OSSL_PARAM_construct_octet_string(name, writable(octets.mutable_view()), octets.size()),
             OSSL_PARAM_construct_end()} {}
  OSSL_PARAM list[2];
};

}  // namespace

bool MlKem::is_in_openssl() const {
  const ErrorScope errors;
  return OwnedKem{EVP_KEM_fetch(nullptr, name_, nullptr)} != nullptr;
}

const MlKem* MlKem::find(KeyExchangeId method) {
  static const MlKem ml_kem_512{"ML-KEM-512", 800, 768};
  static const MlKem ml_kem_768{"ML-KEM-768", 1184, 1088};
  static const MlKem ml_kem_1024{"ML-KEM-1024", 1568, 1568};
  static const bool is_there = ml_kem_512.is_in_openssl() && ml_kem_768.is_in_openssl() && ml_kem_1024.is_in_openssl();
  if (!is_there) return nullptr;
  if (method == KeyExchangeId::MlKem512) return &ml_kem_512;
  if (method == KeyExchangeId::MlKem768) return &ml_kem_768;
  if (method == KeyExchangeId::MlKem1024) return &ml_kem_1024;
  return nullptr;
}

OwnedKey MlKem::key_pair(Random& random) const {
  Secret seed = random.secret_bytes(seed_size);
  const OctetParameter parameter{"seed", seed};
  const OwnedKeyCtx context{EVP_PKEY_CTX_new_from_name(nullptr, name_, nullptr)};
  EVP_PKEY* key = nullptr;
  CHECK(context && EVP_PKEY_keygen_init(context.get()) > 0 &&
        EVP_PKEY_CTX_set_params(context.get(), parameter.list) > 0 && EVP_PKEY_generate(context.get(), &key) > 0);
  return OwnedKey{key};
}

Bytes MlKem::encapsulation_key(EVP_PKEY* key) const {
  Bytes value(public_size_);
  std::size_t size = value.size();
  CHECK(EVP_PKEY_get_raw_public_key(key, writable(value), &size) > 0 && size == value.size());
  return value;
}

std::optional<MlKem::Encapsulated> MlKem::encapsulate(ByteView encapsulation_key, Random& random) const {
  if (encapsulation_key.size() != public_size_) return std::nullopt;
  const ErrorScope errors;
  const OwnedKey key{
      EVP_PKEY_new_raw_public_key_ex(nullptr, name_, nullptr, as_uchar(encapsulation_key), encapsulation_key.size())};
  if (!key) return std::nullopt;
  Secret message = random.secret_bytes(message_size);
  const OctetParameter parameter{"ikme", message};
  const OwnedKeyCtx context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  Encapsulated made{.ciphertext = Bytes(ciphertext_size_), .shared_secret = Secret{shared_size}};
  std::size_t size = ciphertext_size_;
  std::size_t secret_size = shared_size;
  CHECK(context && EVP_PKEY_encapsulate_init(context.get(), parameter.list) > 0 &&
        EVP_PKEY_encapsulate(context.get(), writable(made.ciphertext), &size,
                             writable(made.shared_secret.mutable_view()), &secret_size) > 0);
  CHECK(size == ciphertext_size_ && secret_size == shared_size);
  return made;
}

std::optional<Secret> MlKem::decapsulate(EVP_PKEY* key, ByteView ciphertext) const {
  if (ciphertext.size() != ciphertext_size_) return std::nullopt;
  const OwnedKeyCtx context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  Secret secret{shared_size};
  std::size_t size = shared_size;
  CHECK(context && EVP_PKEY_decapsulate_init(context.get(), nullptr) > 0 &&
        EVP_PKEY_decapsulate(context.get(), writable(secret.mutable_view()), &size, as_uchar(ciphertext),
                             ciphertext.size()) > 0);
  return secret;
}

}  // namespace agilevpn::crypto
