// What `agilevpn status` prints: what Windows shows of such a connection, and more.
#pragma once

#include <string>

#include "control/status.h"

namespace agilevpn::cli {

// A client's connections as one block each; a gateway's sessions as a table.
std::string status_text(const control::Status& status, WallTime now);
// Everything known of one session.
std::string session_text(const control::Status& status, const control::SessionStatus& session, WallTime now);

}  // namespace agilevpn::cli
