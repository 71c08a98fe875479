// Our own client: client.toml with its certificates, and the link.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_linux(const Request& request);

// The lines of client.toml that say by which method, and whom its server must prove to be.
std::string login_lines(LoginKind kind, const std::string& server);

}  // namespace agilevpn::profiles
