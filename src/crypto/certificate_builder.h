// A certificate in the making: version 3, a random serial number, key identifiers, then whatever extensions it is
// given.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "crypto/certificate.h"
#include "crypto/distinguished_name.h"
#include "crypto/native.h"

namespace agilevpn::crypto {

struct CertificateTerms {
  std::string subject;
  WallTime not_before;
  WallTime not_after;
};

class CertificateBuilder {
 public:
  // `issuer` is null for a self-signed certificate. Fails for a subject that cannot be encoded or an empty lifetime.
  static Result<CertificateBuilder, Error> start(const Certificate* issuer, const CertificateTerms& terms,
                                                 const PublicKey& key);
  // An extension in the notation of x509v3_config(5); only for values that we wrote or checked ourselves.
  void add(int nid, const std::string& value);
  Result<void, Error> add_extended_key_usages(const std::vector<std::string>& usages);
  Result<void, Error> add_names(const std::vector<CertificateName>& names);
  Result<void, Error> add_policies(const std::vector<std::string>& dotted);
  Certificate sign(const PrivateKey& issuer_key) &&;

 private:
  CertificateBuilder(OwnedCertificate x509, X509* issuer) : x509_(std::move(x509)), issuer_(issuer) {}
  OwnedCertificate x509_;
  X509* issuer_;
};

// The digest that goes with a key of this type; null for Ed25519 and Ed448, which have their own.
const EVP_MD* signing_digest(KeyType type);

}  // namespace agilevpn::crypto
