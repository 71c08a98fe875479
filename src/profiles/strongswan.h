// strongSwan on Linux and its kin: a folder to lay over /etc/swanctl.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_strongswan(const Request& request);

}  // namespace agilevpn::profiles
