// Windows 7, which has no cmdlets: a command file that imports the CA, a registry value without which Windows offers MODP-1024
// only, and an entry of the phone book.
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

Result<Files, Error> write_windows7(const Request& request);

}  // namespace agilevpn::profiles
