// The checks on a peer's certificate once its chain is good: usages, identity, issuer, names, policies, fields of the
// subject.
#pragma once

#include <vector>

#include "crypto/certificate.h"
#include "crypto/native.h"

namespace agilevpn::crypto {

// `issuers` are the CAs of the verified chain, from the certificate's own issuer to the anchor.
std::vector<CertificateCheck> check_rules(const Certificate& certificate, const CertificateName& identity,
                                          const CertificateRules& rules, const std::vector<X509*>& issuers);

}  // namespace agilevpn::crypto
