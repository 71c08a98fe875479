// The pseudorandom function of an IKE SA and prf+ (RFC 7296 §2.13).
#pragma once

#include <initializer_list>
#include <optional>

#include "base/secret.h"
#include "crypto/transform.h"

namespace agilevpn::crypto {

class Prf {
 public:
  // Nothing if this build cannot compute it.
  static std::optional<Prf> find(PrfId id);

  PrfId id() const { return id_; }
  std::size_t key_size() const { return size_; }     // Preferred key length, in octets.
  std::size_t output_size() const { return size_; }  // In octets.
  // AES-XCBC and AES-CMAC: of each nonce only the first 64 bits go into the key of SKEYSEED (RFC 7296 §2.14).
  bool takes_fixed_key() const { return id_ == PrfId::Aes128Xcbc || id_ == PrfId::Aes128Cmac; }

  // prf(key, parts[0] | parts[1] | ...)
  Secret operator()(ByteView key, std::initializer_list<ByteView> parts) const;
  // prf+(key, seed), the first `size` octets; size <= 255 * output_size().
  Secret plus(ByteView key, std::initializer_list<ByteView> seed, std::size_t size) const;

 private:
  Prf(PrfId id, std::size_t size) : id_(id), size_(size) {}
  PrfId id_;
  std::size_t size_;
};

}  // namespace agilevpn::crypto
