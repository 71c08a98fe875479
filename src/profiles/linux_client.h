// Our own client: client.toml with its certificates, and the link.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/link.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_linux(const Request& request);

// The lines of client.toml that say by which method, whom its server must prove to be, and whether it alone proves the gateway.
std::string login_lines(const Link& link);

}  // namespace agilevpn::profiles
