// Android: a profile for the strongSwan app, and a page with the exact values for the built-in client, which reads no file.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_android(const Request& request);

}  // namespace agilevpn::profiles
