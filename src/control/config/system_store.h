// The CAs that the system trusts: OpenSSL's default file and folder, which Debian's ca-certificates fills, or what
// SSL_CERT_FILE and SSL_CERT_DIR name instead.
#pragma once

#include "base/error.h"
#include "crypto/certificate.h"

namespace agilevpn::control::config {

// Never empty.
Result<std::vector<crypto::Certificate>, Error> load_system_certificates();

}  // namespace agilevpn::control::config
