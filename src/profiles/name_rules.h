// The names in a gateway's certificate, as each system looks for them.
#pragma once

#include "profiles/platform_rules.h"

namespace agilevpn::profiles {

void check_names(const crypto::Certificate& certificate, const std::optional<std::string>& dialled,
                 std::vector<Finding>& out);

}  // namespace agilevpn::profiles
