// When our own certificate ends, told early enough to renew it.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "client/profile.h"
#include "ike/ask.h"

namespace agilevpn::diagnosis {

// One sentence if it ends within limits::certificate_notice, or has ended. The first to end of our own and those sent
// with it.
std::optional<std::string> certificate_warning(const ike::CertificateAuth& auth, WallTime now);
// With what a client proves itself, to the gateway or to the server of its EAP method; nothing if not by a certificate.
std::optional<ike::CertificateAuth> own_certificate(const client::Profile& profile);
// Whether it counts now.
bool is_valid(const ike::CertificateAuth& auth, WallTime now);

}  // namespace agilevpn::diagnosis
