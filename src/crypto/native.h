// The OpenSSL objects inside our keys and certificates, for the few who hand them to OpenSSL again: this folder, and
// TLS inside EAP. Nothing here changes an object; what is borrowed lives as long as its owner.
#pragma once

#include <openssl/x509.h>

#include "crypto/certificate.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

using OwnedCertificate = Owned<X509, X509_free>;
using OwnedCrl = Owned<X509_CRL, X509_CRL_free>;

inline void free_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
inline void free_stack_and_certificates(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
using BorrowedCertificates = Owned<STACK_OF(X509), free_stack>;  // A stack of certificates that others own.
using OwnedCertificates = Owned<STACK_OF(X509), free_stack_and_certificates>;

struct Native {
  static EVP_PKEY* borrow(const PublicKey& key);
  static EVP_PKEY* borrow(const PrivateKey& key);
  static X509* borrow(const Certificate& certificate);
  static X509_CRL* borrow(const Crl& crl);

  static PublicKey public_key(OwnedKey key);
  static PrivateKey private_key(OwnedKey key);
  // Nothing for a public key of a kind that OpenSSL does not know.
  static std::optional<Certificate> certificate(OwnedCertificate x509);
};

}  // namespace agilevpn::crypto
