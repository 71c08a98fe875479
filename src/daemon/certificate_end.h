// When our own certificate ends, told early enough to renew it.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "ike/ask.h"

namespace agilevpn::daemon {

// One sentence if it ends within certificate_notice, or has ended. The first to end of our own and those sent with it.
std::optional<std::string> certificate_warning(const ike::CertificateAuth& auth, WallTime now);
// Whether it counts now.
bool is_valid(const ike::CertificateAuth& auth, WallTime now);

}  // namespace agilevpn::daemon
