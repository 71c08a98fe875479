// Our own client: client.toml with its certificates, and the link.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_linux(const Request& request);

}  // namespace agilevpn::profiles
