// EapHostConfig, the XML in which Windows keeps what an EAP method needs. Stands in VPN scripts and in ProfileXML.
// Its parts and their names are Microsoft's published schemas (EapHostConfig, BaseEapConnectionPropertiesV1,
// MsChapV2ConnectionPropertiesV1, EapTlsConnectionPropertiesV1 and V2, MsPeapConnectionPropertiesV1 and V2,
// EapTtlsConnectionPropertiesV1).
#pragma once

#include <pugixml.hpp>

#include "profiles/request.h"

namespace agilevpn::profiles {

// Appends the element to `parent`. The login must be one by EAP.
void add_eap_host_config(pugi::xml_node parent, const Request& request);
// On one line, without an XML declaration.
std::string eap_host_config(const Request& request);

// A document's text.
std::string to_text(const pugi::xml_document& document, bool is_indented = true);
// <name>value</name>
pugi::xml_node add_element(pugi::xml_node parent, const char* name, const std::string& value);

}  // namespace agilevpn::profiles
