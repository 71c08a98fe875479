// ProfileXML, what Intune and other management hand to Windows 10 and 11 (the VPNv2 configuration service provider). Elements
// and their order are those of Microsoft's published schema.
#pragma once

#include <string>

#include "profiles/request.h"
#include "profiles/suite.h"

namespace agilevpn::profiles {

std::string profile_xml(const Request& request, const Suite& suite);

}  // namespace agilevpn::profiles
