// Which of a daemon's sessions a person means by a name, or by none.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "control/status.h"

namespace agilevpn::cli {

// Those under this name or id: on a client one connection, on a gateway every session of a user. Without a name the
// only one that is up. One at least; errors say what there is to choose from.
Result<std::vector<control::SessionStatus>, Error> meant(const control::Status& status, const std::string& name);

}  // namespace agilevpn::cli
