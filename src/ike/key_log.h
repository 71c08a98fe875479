// Rows for Wireshark's tables, when the endpoint logs keys.
#pragma once

#include "ike/context.h"
#include "ike/ike_sa.h"

namespace agilevpn::ike {

void log_ike_keys(Context& context, const IkeSa& ike_sa);
void log_child_keys(Context& context, const InstallChildSa& child);

}  // namespace agilevpn::ike
