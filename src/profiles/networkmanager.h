// NetworkManager with its strongSwan plugin: a keyfile, and a script that puts it and its certificates in their places.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_networkmanager(const Request& request);

}  // namespace agilevpn::profiles
