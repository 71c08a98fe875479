// Windows 8.1 to 11: a PowerShell script that does everything, and its page. Untouched, Windows offers MODP-1024 and 3DES and
// routes nothing but a class-based network; the script gives the connection one suite, routes, DNS and the outage time.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_windows(const Request& request);

// What Windows calls the connection: by this name it is found and replaced.
std::string windows_connection_name(const Request& request);
// The prefixes that must be told: a split tunnel's, and 2000::/3 for all of IPv6, which Windows adds no default route for.
std::vector<IpPrefix> windows_routes(const Request& request);

}  // namespace agilevpn::profiles
