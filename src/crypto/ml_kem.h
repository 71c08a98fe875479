// ML-KEM-512, -768 and -1024 (FIPS 203), which OpenSSL has from 3.5 on. Not symmetric: who holds the key pair sends its
// encapsulation key, the other one makes the shared secret and a ciphertext that carries it back.
#pragma once

#include <optional>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/openssl.h"
#include "crypto/transform.h"

namespace agilevpn::crypto {

class MlKem {
 public:
  // Alive until the program ends; null for another method, and where OpenSSL has no ML-KEM.
  static const MlKem* find(KeyExchangeId method);

  std::size_t public_size() const { return public_size_; }
  OwnedKey key_pair(Random& random) const;
  Bytes encapsulation_key(EVP_PKEY* key) const;

  struct Encapsulated {
    Bytes ciphertext;
    Secret shared_secret;
  };
  // Nothing for an encapsulation key of the wrong size, or with a coefficient that is not reduced (FIPS 203 §7.2).
  std::optional<Encapsulated> encapsulate(ByteView encapsulation_key, Random& random) const;
  // Nothing for a ciphertext of the wrong size. One that nobody made for this key gives a secret that nobody knows.
  std::optional<Secret> decapsulate(EVP_PKEY* key, ByteView ciphertext) const;

 private:
  MlKem(const char* name, std::size_t public_size, std::size_t ciphertext_size)
      : name_(name), public_size_(public_size), ciphertext_size_(ciphertext_size) {}
  bool is_in_openssl() const;

  const char* name_;
  std::size_t public_size_;
  std::size_t ciphertext_size_;
};

}  // namespace agilevpn::crypto
