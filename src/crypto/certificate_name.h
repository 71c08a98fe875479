// The names inside certificates: OpenSSL's GENERAL_NAME both ways, and when a name vouches for an identity.
#pragma once

#include <openssl/x509v3.h>

#include "base/error.h"
#include "crypto/certificate.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

using OwnedGeneralName = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using OwnedGeneralNames = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;

// Nothing for the kinds that we do not use.
std::optional<CertificateName> certificate_name(const GENERAL_NAME* name);
Result<OwnedGeneralName, Error> general_name(const CertificateName& name);
bool vouches_for(const CertificateName& name, const CertificateName& identity);
std::vector<std::string> policies_of(const X509* certificate);  // As Certificate::policies().

}  // namespace agilevpn::crypto
