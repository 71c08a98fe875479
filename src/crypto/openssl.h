// Owners for OpenSSL's objects, and the fetched algorithms. Only this folder's sources include it.
//
// OpenSSL 3 looks an algorithm up by name among its providers, which takes longer than the algorithm itself on small
// inputs. What is fetched here is fetched once and never changes afterwards.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/hash.h"

namespace agilevpn::crypto {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedBn = Owned<BIGNUM, BN_clear_free>;
using OwnedBnCtx = Owned<BN_CTX, BN_CTX_free>;
using OwnedCipherCtx = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using OwnedDigestCtx = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedKeyCtx = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedMacCtx = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;

// Forgets the errors that OpenSSL queues for this thread while it lives: a peer's bad value is no error of ours, and
// TLS on the same thread must not find it.
class ErrorScope {
 public:
  ErrorScope() { ERR_set_mark(); }
  ~ErrorScope() { ERR_pop_to_mark(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

// A digest by its id; not for HashId::Identity.
const EVP_MD* digest(HashId id);

// Where OpenSSL is to write.
inline unsigned char* writable(MutableByteView octets) { return as_uchar(octets); }

inline int int_size(ByteView octets) {
  CHECK(octets.size() <= 0x7fffffff);
  return static_cast<int>(octets.size());
}

}  // namespace agilevpn::crypto
