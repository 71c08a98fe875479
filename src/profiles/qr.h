// The link as a QR code.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_qr(const Request& request);

}  // namespace agilevpn::profiles
